from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState
from models.questions.products import PLAN, features_with_plan


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line = state.required_line
    line = replace(line, plan=PLAN.of(params.answers) or line.plan)
    features = features_with_plan(params.answers, params.replaced, line.features)
    return replace(state, line=line.with_features(sku for sku in features if sku not in params.refused))


CHANGE_PLAN = Effect(
    code="change_plan", apply=_apply, changes=frozenset({"line.plan", "line.features", "line.feature_ends"})
)
