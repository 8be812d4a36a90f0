"""The features of a line after the carrier has changed them."""

from dataclasses import replace
from datetime import date

from models.effects.change_features import CHANGE_FEATURES
from models.inventory import FeatureEnd, InventoryState, Line, LineStatus
from models.rule_kinds.features import EndedBy
from tests.models.effects.test_new_line import effect_input

LINE = Line(id="l", carrier="c", status=LineStatus.ACTIVE, account_id="a", plan="p", features=("EUROPE", "BASIC"))
WORLD = {"add_features": ["WORLD"], "replaced_features": ["EUROPE"]}


def test_a_feature_that_is_added_again_has_the_new_last_day_or_none() -> None:
    ends = FeatureEnd(sku="EUROPE", on=date(2026, 3, 31), by=EndedBy.US)
    line = replace(LINE, feature_ends=(ends,))
    for ends_on, left in (("2026-04-30", (replace(ends, on=date(2026, 4, 30)),)), (None, ())):
        done = replace(effect_input(), answers={"add_features": ["EUROPE"], "ends_on": ends_on})
        after = CHANGE_FEATURES.apply(InventoryState(line=line), done).required_line
        assert (after.features, after.feature_ends) == (("EUROPE", "BASIC"), left)


def test_a_feature_is_replaced_unless_the_carrier_refuses_it() -> None:
    for refused, left in (((), ("BASIC", "WORLD")), (("WORLD", "EUROPE"), ("EUROPE", "BASIC"))):
        done = replace(effect_input(), answers=WORLD, refused=frozenset(refused))
        assert CHANGE_FEATURES.apply(InventoryState(line=LINE), done).required_line.features == left
