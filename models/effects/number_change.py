from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.number_change import NUMBER_REASON
from models.questions.subscriber import SERVICE_ADDRESS


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    """The line is still found by its old number."""
    line, answers = state.required_line, params.answers
    line = line.renumbered(params.identifiers.mdn, on=params.today, reason=NUMBER_REASON.of(answers) or "other")
    return replace(state, line=replace(line, service_address=SERVICE_ADDRESS.of(answers) or line.service_address))


CHANGE_NUMBER = Effect(
    code="change_number",
    apply=_apply,
    changes=frozenset({"line.mdn", "line.former_numbers", "line.service_address"}),
    needs=("mdn",),
    renews=("mdn",),
)
