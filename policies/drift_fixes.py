"""Which order brings carrier and inventory to the same: the one that makes a line what the carrier has."""

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
    kind: str, ours: Collection[str], theirs: Collection[str], types: Iterable[OrderType], known: Collection[str]
) -> Fix | None:
    """`known` are the SKUs of the catalog; None if no order can be about it, or none of these types does that."""
    effect, answers = _wanted(kind, ours, theirs, known)
    found = next((one for one in types if effect and one.effect == effect), None)
    return Fix(type=found, answers=answers) if found else None


def _wanted(
    kind: str, ours: Collection[str], theirs: Collection[str], known: Collection[str]
) -> tuple[str, Mapping[str, Any]]:
    """The effect of the order, and the answers that say what the carrier has; no effect if there is none."""
    value = next(iter(theirs), "")
    match kind:
        case DifferenceKind.STATUS:
            return _EFFECTS_BY_STATUS[value], {}
        case DifferenceKind.PLAN if value in known:
            return "change_plan", {PLAN.code: value}
        case DifferenceKind.SIM:
            return "change_sim", {ICCID.code: value}
        case DifferenceKind.FEATURES if {*theirs} <= {*known}:
            added, removed = (
                [one for one in some if one not in others] for some, others in ((theirs, ours), (ours, theirs))
            )
            answers = {ADD_FEATURES.code: added, REMOVE_FEATURES.code: removed}
            return "change_features", {code: skus for code, skus in answers.items() if skus}
    return "", {}
