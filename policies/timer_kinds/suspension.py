"""A suspended line: people are told before it is resumed or disconnected."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from models.events.suspension import SUSPENSION_ENDING
from models.facts import Policy
from models.inventory import LineStatus
from models.line_changes.suspension import RESUME
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from models.timers import SUSPENSION, SuspensionPeriod, TimerPoint
from policies.carrier_rules import CarrierRule, limit_of
from policies.deadlines import local_day, opens_at
from policies.timer_kind import TimerKind, TimerPlan, TimerStart

NOTICE_DAYS = (14, 3)


def suspension_points(
    policy: Policy,
    rule: CarrierRule,
    *,
    reason: str,
    began: datetime,
    resume_on: date | None,
    earlier: Collection[SuspensionPeriod] = (),
) -> tuple[TimerPoint, ...]:
    """What happens when to a line that is suspended at `began` (aware).

    On the planned day the carrier is asked to resume it; at its limit the carrier acts by its rule. People are told 14
    and 3 days before what comes first, if that is after `began`.
    """
    limit = limit_of(rule, reason, began, earlier)
    resume_at = max(opens_at(policy, resume_on), began.astimezone(UTC)) if resume_on else None
    changes = (
        [TimerPoint(at=resume_at, change=RESUME.code)] if resume_at and (not limit or resume_at < limit[0]) else []
    )
    if limit:
        changes.append(TimerPoint(at=limit[0], change=limit[1].code))
    notices = _notices(policy, began, changes[0].at) if changes else ()
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
        start.policy, start.rule, reason=reason, began=start.began, resume_on=resume_on, earlier=start.earlier
    )
    return TimerPlan(points=points, reason=reason, resume_on=resume_on)


SUSPENDED = TimerKind(code=SUSPENSION, status=LineStatus.SUSPENDED, plan=_plan)
