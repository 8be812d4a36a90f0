"""The features of a line after the carrier has changed them."""

from dataclasses import replace

from models.effects.change_features import CHANGE_FEATURES
from models.inventory import InventoryState, Line, LineStatus
from tests.models.effects.test_new_line import effect_input

LINE = Line(id="l", carrier="c", status=LineStatus.ACTIVE, account_id="a", plan="p", features=("EUROPE", "BASIC"))
WORLD = {"add_features": ["WORLD"], "replaced_features": ["EUROPE"]}


def test_a_feature_is_replaced_unless_the_carrier_refuses_it() -> None:
    for refused, left in (((), ("BASIC", "WORLD")), (("WORLD", "EUROPE"), ("EUROPE", "BASIC"))):
        done = replace(effect_input(), answers=WORLD, refused=frozenset(refused))
        assert CHANGE_FEATURES.apply(InventoryState(line=LINE), done).required_line.features == left
