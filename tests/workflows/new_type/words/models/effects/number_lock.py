from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.number_lock import LETTER_CODE, LOCK_LEVEL


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line = state.required_line
    level, confirmed = LOCK_LEVEL.of(params.answers), LETTER_CODE.of(params.answers)
    return replace(state, line=replace(line, features=(*line.features, f"lock-{level}-{confirmed}")))


LOCK_NUMBER = Effect(code="lock_number", apply=_apply, changes=frozenset({"line.features"}))
