from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.products import KEPT_FEATURES, PLAN


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line = state.required_line
    plan, features = PLAN.of(params.answers), KEPT_FEATURES.of(params.answers)
    line = replace(line, plan=plan or line.plan, features=line.features if features is None else tuple(features))
    return replace(state, line=line)


CHANGE_PLAN = Effect(code="change_plan", apply=_apply, changes=frozenset({"line.plan", "line.features"}))
