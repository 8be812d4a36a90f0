"""How features of a line end that have a last day."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.events.features import FEATURE_END_FAILED, FEATURE_END_REQUESTED, FEATURES_ENDED
from models.inventory import InventoryState
from models.line_change import CarrierRequest, ChangeInput, LineChange
from models.questions import features as questions


def _without(state: InventoryState, params: ChangeInput) -> InventoryState:
    line = state.required_line
    return replace(state, line=line.with_features(sku for sku in line.features if sku not in params.features))


def _asked(skus: tuple[str, ...]) -> Mapping[str, Any]:
    return {questions.REMOVE_FEATURES.code: list(skus)}


FEATURES_END = LineChange(
    code="features_end", event=FEATURES_ENDED.code, outcome="ended", at_limit=False, apply=_without
)
REMOVE_FEATURES = LineChange(
    code="remove_features",
    event=FEATURES_ENDED.code,
    outcome="removed",
    at_limit=False,
    apply=_without,
    request=CarrierRequest(
        action="change_features",
        requested=FEATURE_END_REQUESTED.code,
        failed=FEATURE_END_FAILED.code,
        waits_for=(),
        in_service=True,
        changes=_asked,
    ),
)
