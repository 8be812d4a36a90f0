from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from models.effect import Effect, EffectInput
from models.inventory import FeatureEnd, InventoryState
from models.questions.features import ADD_FEATURES, ENDS_AT_CARRIER, ENDS_ON, REMOVE_FEATURES, REPLACED_FEATURES
from models.rule_kinds.features import EndedBy


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line, answers = state.required_line, params.answers
    added = [sku for sku in ADD_FEATURES.of(answers) or () if sku not in params.refused]
    removed = {*(REMOVE_FEATURES.of(answers) or ()), *(REPLACED_FEATURES.of(answers) or ())} - params.refused
    kept = [sku for sku in line.features if sku not in removed]
    lasting = replace(line, feature_ends=tuple(end for end in line.feature_ends if end.sku not in added))
    return replace(state, line=lasting.with_features((*kept, *added), _ends(added, params)))


def _ends(added: Collection[str], params: EffectInput) -> Iterator[FeatureEnd]:
    on = ENDS_ON.of(params.answers)
    by = EndedBy.CARRIER if ENDS_AT_CARRIER.of(params.answers) else EndedBy.US
    for sku in added if on else ():
        yield FeatureEnd(sku=sku, on=date.fromisoformat(str(on)), by=by)


CHANGE_FEATURES = Effect(
    code="change_features", apply=_apply, changes=frozenset({"line.features", "line.feature_ends"})
)
