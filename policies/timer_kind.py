"""The shape of a kind of timer: which lines have it, and what it does when. The kinds are in `timer_kinds/`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.carrier_rule import CarrierRules
from models.facts import Policy
from models.inventory import Line, LineStatus
from models.registry import load
from models.timers import SuspensionPeriod, TimerPoint


@dataclass(frozen=True, kw_only=True)
class TimerStart:
    """What the times of a timer follow from.

    Attributes:
        rules: those of the line's carrier.
        unknown: those of a carrier about which nothing is known, for what the line's carrier does not publish.
        began: when the line got its status (aware).
        line: the line, with this status.
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
    """A kind of timer, which a line with `status` has, if something `applies` to it.

    `plan` computes once, at its start, what it does when; pure.
    """

    code: str
    status: LineStatus
    plan: Callable[[TimerStart], TimerPlan]
    applies: Callable[[Line], bool] = lambda _: True


def timer_kind_of(line: Line) -> TimerKind | None:
    """The kind of timer that the line has."""
    kinds = load("policies.timer_kinds", TimerKind).values()
    return next((kind for kind in kinds if kind.status is line.status and kind.applies(line)), None)


def same_timer(before: Line, after: Line) -> bool:
    """Whether a change of the line leaves its timer as it is."""
    return before.status is after.status and (
        before.status is not LineStatus.ACTIVE or set(before.feature_ends) == set(after.feature_ends)
    )
