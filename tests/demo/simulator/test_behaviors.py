"""Which behavior applies to an order."""

from typing import Any

import pytest

from demo.simulator.behaviors import Behavior, BehaviorRule, behavior_for
from demo.simulator.errors import InvalidRequestError
from tests.demo.simulator.simulator_client import item, phone


def order(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"productOrderItem": list(items) or [phone()], **members}


def rule(**members: Any) -> BehaviorRule:
    return BehaviorRule.model_validate({"behavior": {"reject": "BY_RULE"}, **members})


@pytest.mark.parametrize(
    ("members", "matches"),
    [
        ({}, True),
        ({"externalIdPrefix": "01A"}, True),
        ({"externalIdPrefix": "01B"}, False),
        ({"deviceSku": "PHONE"}, True),
        ({"deviceSku": "TABLET"}, False),
        ({"areaCode": "212", "deviceSku": "PHONE"}, True),
        ({"areaCode": "305", "deviceSku": "PHONE"}, False),
    ],
)
def test_a_rule_matches_when_all_its_conditions_match(members: dict[str, str], matches: bool) -> None:
    assert rule(**members).matches(order(externalId="01ABC:1")) is matches


def test_sku_and_area_code_must_match_the_same_item() -> None:
    two_items = order(phone("1", areaCode="305"), item("add", "2", deviceSku="TABLET", areaCode="212"))
    assert not rule(areaCode="212", deviceSku="PHONE").matches(two_items)


def test_the_first_matching_rule_applies() -> None:
    rules = [rule(deviceSku="TABLET"), rule(behavior={"slow": 3}), rule()]
    assert behavior_for(order(), rules) == Behavior(slow=3)


def test_an_order_can_choose_its_behavior_with_a_note() -> None:
    with_note = order(note=[{"text": "Hello. simulate: backorder=20, backorderDated=false, duplicateEvents"}])
    assert behavior_for(with_note, []) == Behavior(backorder=20, backorder_dated=False, duplicate_events=True)


@pytest.mark.parametrize("value", [{"reject": "NO"}, '{"reject": "NO"}', "reject=NO"])
def test_an_order_can_choose_its_behavior_with_a_characteristic(value: Any) -> None:
    assert behavior_for(order(phone(simulate=value)), []) == Behavior(reject="NO")


def test_a_word_without_a_value_takes_its_default() -> None:
    chosen = behavior_for(order(phone(simulate="reject, needsInfo, partial")), [])
    assert chosen == Behavior(reject="CREDIT_DECLINED", needs_info="serviceZip", partial="last")


def test_the_words_of_the_order_override_the_rule() -> None:
    rules = [rule(behavior={"slow": 3, "lostEvents": True})]
    assert behavior_for(order(phone(simulate="slow=0")), rules) == Behavior(slow=0, lost_events=True)


@pytest.mark.parametrize("value", ["explode", "slow=soon", "{", '["reject"]', "slow=-1"])
def test_an_unknown_word_or_value_is_rejected(value: str) -> None:
    with pytest.raises(InvalidRequestError, match="simulate"):
        behavior_for(order(phone(simulate=value)), [])
