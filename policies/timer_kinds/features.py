"""A line in service with features that have a last day: people are told the day before, and then they are removed."""

from datetime import UTC, timedelta

from models.events.features import FEATURES_END_SOON
from models.inventory import LineStatus
from models.line_changes.features import FEATURES_END, REMOVE_FEATURES
from models.rule_kinds.features import EndedBy
from models.timers import FEATURES_ENDING, TimerPoint
from policies.deadlines import day_ends_at, opens_at
from policies.timer_kind import TimerKind, TimerPlan, TimerStart

_CHANGES = {EndedBy.CARRIER: FEATURES_END.code, EndedBy.US: REMOVE_FEATURES.code}


def _plan(start: TimerStart) -> TimerPlan:
    """The features that end first; when they are removed, the next timer of the line has the others."""
    last, by = min((end.on, end.by) for end in start.line.feature_ends)
    told_at = opens_at(start.policy, last - timedelta(days=1))
    notice = TimerPoint(at=told_at, event=FEATURES_END_SOON.code, days=1)
    ends = TimerPoint(at=max(day_ends_at(start.policy, last), start.began.astimezone(UTC)), change=_CHANGES[by])
    return TimerPlan(
        points=(notice, ends) if told_at > start.began else (ends,),
        last_day=last,
        features=tuple(end.sku for end in start.line.feature_ends if (end.on, end.by) == (last, by)),
    )


FEATURES_ENDING_TIMER = TimerKind(
    code=FEATURES_ENDING, status=LineStatus.ACTIVE, plan=_plan, applies=lambda line: bool(line.feature_ends)
)
