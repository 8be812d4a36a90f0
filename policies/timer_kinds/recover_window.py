"""A disconnected line: its number can be recovered for the carrier's days; people are told before it is lost."""

from datetime import UTC, date, datetime, timedelta

from models.events.disconnection import NUMBER_LOST_WARNING
from models.facts import Policy
from models.inventory import LineStatus
from models.line_changes.disconnection import GIVE_UP
from models.rule_kinds.disconnection import RECOVER_DAYS, published_last_day
from models.timers import RECOVERING, TimerPoint
from policies.deadlines import day_ends_at, local_day, opens_at
from policies.timer_kind import TimerPlan, TimerStart, follows_status

WARNING_DAYS = 3


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


def _plan(start: TimerStart) -> TimerPlan:
    """If the carrier doesn't publish how long it keeps numbers, nobody is told a last day."""
    began_on = start.line.disconnected_on or local_day(start.policy, start.began)
    published, rule = published_last_day(start.rules, began_on), start.rules.find(RECOVER_DAYS)
    last = published or published_last_day(start.unknown, began_on)
    assert last is not None, "Dialtone comes with a rule for every carrier"
    return TimerPlan(
        points=recover_points(start.policy, last, start.began),
        last_day=published,
        rule_text=_words(published, began_on),
        rule_source=rule.citation if rule else "",
    )


def _words(published: date | None, began_on: date) -> str:
    if published is None:
        return "The carrier doesn't say how long it keeps the number."
    return f"The number can be recovered for {(published - began_on).days} days after the line is disconnected."


RECOVER_WINDOW = follows_status(RECOVERING, LineStatus.DISCONNECTED, _plan)
