from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.number_change import ADDRESS_FIRST, NUMBER_REASON
from models.questions.subscriber import SERVICE_ADDRESS


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    """The line is still found by its old number. Its address is another one if the carrier got that first."""
    line, answers = state.required_line, params.answers
    line = line.renumbered(params.identifiers.mdn, on=params.today, reason=NUMBER_REASON.of(answers) or "other")
    sent = SERVICE_ADDRESS.of(answers) if ADDRESS_FIRST.of(answers) else None
    return replace(state, line=replace(line, service_address=sent or line.service_address))


CHANGE_NUMBER = Effect(
    code="change_number",
    apply=_apply,
    changes=frozenset({"line.mdn", "line.former_numbers", "line.service_address"}),
    needs=("mdn",),
    renews=("mdn",),
)
