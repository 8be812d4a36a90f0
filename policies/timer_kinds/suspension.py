"""A suspended line: people are told before it is resumed or disconnected."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from models.carrier_rule import CarrierRules
from models.events.suspension import SUSPENSION_ENDING
from models.facts import Policy
from models.inventory import LineStatus
from models.line_changes.suspension import DISCONNECT, FIND_OUT, RECONNECT, RESUME
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from models.rule_kinds.suspension import CarrierEnding
from models.timers import SUSPENSION, SuspensionPeriod, TimerPoint
from policies.deadlines import local_day, opens_at
from policies.suspension_limits import limit_of, sources_for, text_for
from policies.timer_kind import TimerPlan, TimerStart, follows_status

NOTICE_DAYS = (14, 3)
# If the carrier publishes no limit and no day is planned, an operator is asked then.
ASK_AFTER = timedelta(days=90)
_CHANGES = MappingProxyType(
    {CarrierEnding.RECONNECT: RECONNECT.code, CarrierEnding.DISCONNECT: DISCONNECT.code, None: FIND_OUT.code}
)


def suspension_points(
    policy: Policy,
    rules: CarrierRules,
    *,
    reason: str,
    began: datetime,
    resume_on: date | None,
    earlier: Collection[SuspensionPeriod] = (),
) -> tuple[TimerPoint, ...]:
    """What happens when to a line that is suspended at `began` (aware).

    On the planned day the carrier is asked to resume it; at its limit the carrier acts by its rule, or an operator
    finds out what it does. People are told 14 and 3 days before what comes first, if that is after `began`.
    """
    limit = limit_of(rules, reason, began, earlier)
    resume_at = max(opens_at(policy, resume_on), began.astimezone(UTC)) if resume_on else None
    changes = (
        [TimerPoint(at=resume_at, change=RESUME.code)] if resume_at and (not limit or resume_at < limit.at) else []
    )
    if limit:
        changes.append(TimerPoint(at=limit.at, change=_CHANGES[limit.ending]))
    elif not changes:
        changes.append(TimerPoint(at=began.astimezone(UTC) + ASK_AFTER, change=FIND_OUT.code))
    notices = _notices(policy, began, changes[0].at) if changes[0].change != FIND_OUT.code else ()
    return (*notices, *changes)


def _notices(policy: Policy, began: datetime, ends_at: datetime) -> tuple[TimerPoint, ...]:
    """At the opening of the office 14 and 3 days before the end."""
    last = local_day(policy, ends_at)
    openings = ((opens_at(policy, last - timedelta(days=days)), days) for days in NOTICE_DAYS)
    return tuple(TimerPoint(at=at, event=SUSPENSION_ENDING.code, days=days) for at, days in openings if at > began)


def _plan(start: TimerStart) -> TimerPlan:
    reason, day = SUSPEND_REASON.of(start.answers) or "", RESUME_ON.of(start.answers)
    resume_on = date.fromisoformat(day) if day else None
    points = suspension_points(
        start.policy, start.rules, reason=reason, began=start.began, resume_on=resume_on, earlier=start.earlier
    )
    return TimerPlan(
        points=points,
        reason=reason,
        resume_on=resume_on,
        rule_text=text_for(start.rules, reason),
        rule_source=sources_for(start.rules, reason),
    )


SUSPENDED = follows_status(SUSPENSION, LineStatus.SUSPENDED, _plan)
