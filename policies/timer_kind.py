"""The shape of a kind of timer: which lines have it, and what it does when. The kinds are in `timer_kinds/`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.carrier_rule import CarrierRules
from models.facts import Policy
from models.inventory import Line, LineStatus
from models.registry import load
from models.timers import SuspensionPeriod, TimerPoint

TIMER_KINDS = "policies.timer_kinds"


@dataclass(frozen=True, kw_only=True)
class TimerStart:
    """What the times of a timer follow from.

    Attributes:
        rules: those of the line's carrier.
        unknown: those of a carrier about which nothing is known, for what the line's carrier does not publish.
        began: when the line got what the timer follows (aware).
        line: the line, with only what the timer follows.
        answers: those of the order that changed it, and of the line's item.
        earlier: the line's suspensions of the year before.
    """

    policy: Policy
    rules: CarrierRules
    unknown: CarrierRules
    began: datetime
    line: Line
    answers: Mapping[str, Any]
    earlier: Collection[SuspensionPeriod] = ()


@dataclass(frozen=True, kw_only=True)
class TimerPlan:
    """The points of a timer, by time, and what pages say of it.

    Attributes:
        reason, resume_on: a suspension's, and the day planned for its end.
        last_day: the last day on which the line can be as it was before, or has `features` that end, by SKU.
        rule_text, rule_source: the carrier's rule that they follow from, for people.
    """

    points: tuple[TimerPoint, ...]
    reason: str | None = None
    resume_on: date | None = None
    last_day: date | None = None
    features: tuple[str, ...] = ()
    rule_text: str = ""
    rule_source: str = ""


@dataclass(frozen=True, kw_only=True)
class TimerKind:
    """A kind of timer; all its functions are pure.

    Attributes:
        begins: from a line before, None if it is new, and after a change: the timers that begin, as the line with only
            what each of them follows.
        stands: whether a running timer still has what it follows, from the line, and the timer's features and last day.
        plan: what a timer does when, computed once, at its start.
    """

    code: str
    begins: Callable[[Line | None, Line], Sequence[Line]]
    stands: Callable[[Line, Collection[str], date | None], bool]
    plan: Callable[[TimerStart], TimerPlan]


def follows_status(code: str, status: LineStatus, plan: Callable[[TimerStart], TimerPlan]) -> TimerKind:
    """The kind of the timer that a line has while it has this status."""

    def begins(before: Line | None, after: Line) -> Sequence[Line]:
        is_new = before is None or before.status is not status
        return [after] if is_new and after.status is status else []

    return TimerKind(code=code, begins=begins, stands=lambda line, _, __: line.status is status, plan=plan)


def timer_kinds() -> Mapping[str, TimerKind]:
    return load(TIMER_KINDS, TimerKind)
