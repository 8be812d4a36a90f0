"""A disconnected line that has service again."""

from datetime import date

from models.effects.reconnection import RECONNECT_LINE
from models.inventory import FeatureEnd, InventoryState, Line, LineStatus
from models.rule_kinds.features import EndedBy
from tests.models.effects.test_new_line import effect_input


def test_features_whose_last_day_has_passed_do_not_come_back() -> None:
    today = effect_input().today
    ends = (
        FeatureEnd(sku="EUROPE", on=date(today.year - 1, 1, 1), by=EndedBy.US),
        FeatureEnd(sku="TRIAL", on=today, by=EndedBy.CARRIER),
    )
    line = Line(
        id="l",
        carrier="c",
        status=LineStatus.PENDING,
        account_id="a",
        plan="p",
        features=("EUROPE", "TRIAL", "BASIC"),
        feature_ends=ends,
    )
    after = RECONNECT_LINE.apply(InventoryState(line=line), effect_input()).required_line
    assert (after.features, after.feature_ends) == (("TRIAL", "BASIC"), ends[1:])
