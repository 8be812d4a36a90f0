from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.holder import HolderKind
from models.inventory import LineStatus
from models.questions.line import LINE
from models.questions.reassignment import ASSIGN_TO
from policies.default_answer import DefaultAnswer, from_line
from policies.paid_features import to_end

_CAN_END = frozenset({LineStatus.ACTIVE, LineStatus.SUSPENDED})


def _to_someone(answers: Mapping[str, Any]) -> bool:
    return ASSIGN_TO.of(answers) != HolderKind.NOBODY


def _paid_features(facts: Facts, answers: Mapping[str, Any]) -> list[str] | None:
    """Those that end with the use of a line; what its plan or device brings along stays."""
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None or _to_someone(answers) or named.line.status not in _CAN_END:
        return None
    on_line = (named.line.plan, named.device.sku if named.device else None)
    return to_end(named.line.features, on_line, facts.products) or None


def _features_end(facts: Facts, answers: Mapping[str, Any]) -> bool:
    """Whether the carrier removes features now; those of a suspended line are removed once it is in service again."""
    named = facts.lines.get(LINE.of(answers) or "")
    in_service = named is not None and named.line.status is LineStatus.ACTIVE
    return in_service and _paid_features(facts, answers) is not None


ASSIGN_TO_DEFAULT = DefaultAnswer(code="assign_to", compute=lambda facts, _: facts.beneficiary.holder.kind.value)
PRESENT_HOLDER = from_line("present_holder", lambda line: line.holder.kind.value)
DEVICE_MOVES = DefaultAnswer(code="device_moves", compute=lambda _, __: True, needed=_to_someone)
REMOVE_FEATURES = DefaultAnswer(code="remove_features", compute=_paid_features)
FEATURES_END = DefaultAnswer(code="features_end", compute=_features_end)
CHARGE_MOVE = DefaultAnswer(code="charge_move", compute=lambda _, __: "none")
