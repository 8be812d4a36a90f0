from collections.abc import Sequence
from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState, Line
from models.questions.products import KEPT_FEATURES, PLAN


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line = state.required_line
    line = replace(line, plan=PLAN.of(params.answers) or line.plan)
    return replace(state, line=line.with_features(_kept(line, params)))


def _kept(line: Line, params: EffectInput) -> Sequence[str]:
    """What the line had when the order was submitted, and has lost since, doesn't come back."""
    kept, had = KEPT_FEATURES.of(params.answers), KEPT_FEATURES.of(params.replaced) or ()
    if kept is None:
        return line.features
    return [sku for sku in kept if sku not in params.refused and (sku in line.features or sku not in had)]


CHANGE_PLAN = Effect(
    code="change_plan", apply=_apply, changes=frozenset({"line.plan", "line.features", "line.feature_ends"})
)
