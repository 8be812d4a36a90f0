"""Features that have a last day: people are told the day before, and then they are removed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from itertools import groupby

from models.events.features import FEATURES_END_SOON
from models.inventory import AT_CARRIER, FeatureEnd, Line
from models.line_changes.features import FEATURES_END, REMOVE_FEATURES
from models.rule_kinds.features import EndedBy
from models.timers import FEATURES_ENDING, TimerPoint
from policies.deadlines import day_ends_at, local_day, opens_at
from policies.timer_kind import TimerKind, TimerPlan, TimerStart

_CHANGES = {EndedBy.CARRIER: FEATURES_END.code, EndedBy.US: REMOVE_FEATURES.code}


def _begins(before: Line | None, after: Line) -> Sequence[Line]:
    """The line with the ends that are new, once for each last day, and for who removes the features then."""
    known = before.feature_ends if before is not None and before.status in AT_CARRIER else ()
    new = sorted((end for end in after.feature_ends if end not in known), key=_last_day)
    groups = groupby(new, key=_last_day) if after.status in AT_CARRIER else ()
    return [replace(after, feature_ends=tuple(ends)) for _, ends in groups]


def _last_day(end: FeatureEnd) -> tuple[date, EndedBy]:
    return end.on, end.by


def _stands(line: Line, features: Collection[str], last_day: date | None) -> bool:
    return line.status in AT_CARRIER and bool(line.ending(features, last_day))


def _plan(start: TimerStart) -> TimerPlan:
    """People are told when the office opens the day before, or at once if that has passed."""
    began = start.began.astimezone(UTC)
    last, by = _last_day(start.line.feature_ends[0])
    closes_at = day_ends_at(start.policy, last)
    told_at = max(opens_at(start.policy, last - timedelta(days=1)), began)
    days = (last - local_day(start.policy, told_at)).days
    notice = TimerPoint(at=told_at, event=FEATURES_END_SOON.code, days=days)
    ends = TimerPoint(at=max(closes_at, began), change=_CHANGES[by])
    return TimerPlan(
        points=(notice, ends) if closes_at > began else (ends,),
        last_day=last,
        features=tuple(end.sku for end in start.line.feature_ends),
    )


FEATURES_ENDING_TIMER = TimerKind(code=FEATURES_ENDING, begins=_begins, stands=_stands, plan=_plan)
