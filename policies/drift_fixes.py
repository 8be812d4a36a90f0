"""Which order brings carrier and inventory to the same: one for what the carrier has, or one back to what it was."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.carrier_report import ACTIVE, DISCONNECTED, SUSPENDED, DifferenceKind
from models.order_type import OrderType
from models.questions.features import ADD_FEATURES, REMOVE_FEATURES
from models.questions.products import PLAN
from models.questions.sim import ICCID

_EFFECTS_BY_STATUS: Mapping[str, str] = {
    ACTIVE: "resume_line",
    SUSPENDED: "suspend_line",
    DISCONNECTED: "terminate_line",
}


@dataclass(frozen=True, kw_only=True)
class Fix:
    """An order of this type for the line, with these answers. A person gives the others."""

    type: OrderType
    answers: Mapping[str, Any] = field(default_factory=dict)


def fix_of(
    kind: str, has: Collection[str], gets: Collection[str], types: Iterable[OrderType], known: Collection[str]
) -> Fix | None:
    """For a line that `has` one thing and `gets` the other.

    `known` are the SKUs that the line can have; None if no order can be about it, or none of these types does that.
    """
    effect, answers = _wanted(kind, has, gets, known)
    found = next((one for one in types if effect and one.effect == effect), None)
    return Fix(type=found, answers=answers) if found else None


def _wanted(
    kind: str, has: Collection[str], gets: Collection[str], known: Collection[str]
) -> tuple[str, Mapping[str, Any]]:
    """The effect of the order, and the answers that say what the line gets; no effect if there is none."""
    value = next(iter(gets), "")
    match kind:
        case DifferenceKind.STATUS if value != SUSPENDED or DISCONNECTED not in has:
            return _EFFECTS_BY_STATUS[value], {}
        case DifferenceKind.PLAN if value in known:
            return "change_plan", {PLAN.code: value}
        case DifferenceKind.SIM if value:
            return "change_sim", {ICCID.code: value}
        case DifferenceKind.FEATURES if {*gets} <= {*known}:
            added, removed = ([one for one in some if one not in others] for some, others in ((gets, has), (has, gets)))
            answers = {ADD_FEATURES.code: added, REMOVE_FEATURES.code: removed}
            return "change_features", {code: skus for code, skus in answers.items() if skus}
    return "", {}
