"""A disconnected line: its number can be recovered for the carrier's days; people are told before it is lost."""

from datetime import UTC, date, datetime, timedelta

from models.carrier_rule import CarrierRules
from models.events.disconnection import NUMBER_LOST_WARNING
from models.facts import Policy
from models.inventory import LineStatus
from models.line_changes.disconnection import GIVE_UP
from models.rule_kinds.disconnection import RECOVER_DAYS
from models.timers import TimerPoint
from policies.deadlines import day_ends_at, local_day, opens_at
from policies.timer_kind import TimerKind, TimerPlan, TimerStart

WARNING_DAYS = 3
USUAL_DAYS = 50


def last_day(disconnected_on: date, recover_days: int) -> date:
    """The last day on which the number of a line can be recovered that was disconnected on this day."""
    return disconnected_on + timedelta(days=recover_days)


def recover_points(policy: Policy, last: date, began: datetime) -> tuple[TimerPoint, ...]:
    """What happens when to a line whose number can be recovered until `last`; it is known since `began` (aware).

    The number is lost at the end of that day in the tenant's time zone. People are told at the opening of the office
    three days before, or at once if that has passed.
    """
    closes_at = day_ends_at(policy, last)
    lost = TimerPoint(at=max(closes_at, began.astimezone(UTC)), change=GIVE_UP.code)
    if closes_at <= began:
        return (lost,)
    warned_at = max(opens_at(policy, last - timedelta(days=WARNING_DAYS)), began.astimezone(UTC))
    days = (last - local_day(policy, warned_at)).days
    return (TimerPoint(at=warned_at, event=NUMBER_LOST_WARNING.code, days=days), lost)


def recover_days(rules: CarrierRules) -> int:
    """For how many days the number can be recovered; a carrier that doesn't publish it is taken for the usual one."""
    return int(rules.value(RECOVER_DAYS) or USUAL_DAYS)


def _plan(start: TimerStart) -> TimerPlan:
    days, rule = recover_days(start.rules), start.rules.find(RECOVER_DAYS)
    last = last_day(start.line.disconnected_on or local_day(start.policy, start.began), days)
    return TimerPlan(
        points=recover_points(start.policy, last, start.began),
        last_day=last,
        rule_text=f"The number can be recovered for {days} days after the line is disconnected.",
        rule_source=rule.citation if rule else "",
    )


RECOVER_WINDOW = TimerKind(code="recover_window", status=LineStatus.DISCONNECTED, plan=_plan)
