from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.features import ADD_FEATURES, REMOVE_FEATURES, REPLACED_FEATURES


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line, answers = state.required_line, params.answers
    removed = {*(REMOVE_FEATURES.of(answers) or ()), *(REPLACED_FEATURES.of(answers) or ())}
    added = ADD_FEATURES.of(answers) or ()
    features = dict.fromkeys((*(sku for sku in line.features if sku not in removed), *added))
    return replace(state, line=replace(line, features=tuple(features)))


CHANGE_FEATURES = Effect(code="change_features", apply=_apply, changes=frozenset({"line.features"}))
