from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.subscriber import CARRIER_LABEL, SERVICE_ADDRESS, SUBSCRIBER_NAME


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    """What was not answered stays."""
    line, answers = state.required_line, params.answers
    line = replace(
        line,
        subscriber_name=SUBSCRIBER_NAME.of(answers) or line.subscriber_name,
        labels=CARRIER_LABEL.of(answers) or line.labels,
        service_address=SERVICE_ADDRESS.of(answers) or line.service_address,
    )
    return replace(state, line=line)


UPDATE_SUBSCRIBER = Effect(
    code="update_subscriber",
    apply=_apply,
    changes=frozenset({"line.subscriber_name", "line.labels", "line.service_address"}),
)
