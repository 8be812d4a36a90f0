"""What can be returned, until when, and what people have to say about it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest

from models.carrier_rule import CarrierRule, CarrierRules, RulesInForce
from models.facts import Facts
from models.inventory import DeviceStatus, Ownership
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.returns import DELIVERIES, DeviceDelivery
from models.returns import ReturnCause
from models.rule_kinds.returns import FROM_DELIVERY, FROM_SHIPPING, RETURN_DAYS
from policies.defaults.returns import RETURN_WAY, TRACED_PARCEL
from policies.eligibility import check
from policies.return_window import last_day
from tests.policies.sample_facts import ANN
from tests.policies.test_device_checks import ON_LINE, device, returning
from workflows.order_type_registry import order_type

RETURN = order_type("RETURN")
SAID = {"return_cause": "unwanted", "return_way": "label", "condition": "working", "account_removed": True}
SHIPPED = datetime(2026, 11, 2, 3, 30, tzinfo=UTC)  # the evening before in Chicago
DELIVERED = datetime(2026, 11, 4, 18, tzinfo=UTC)
DELIVERY = DeviceDelivery(carrier=ON_LINE.carrier, shipped_at=SHIPPED, delivered_at=DELIVERED)


def _rules(days: int | None, unit: str = FROM_SHIPPING) -> CarrierRules:
    rule = CarrierRule(what=RETURN_DAYS.code, value=days, unit=unit, source="A page", read_on=date(2026, 11, 28))
    return CarrierRules(carrier=ON_LINE.carrier, rules=(rule,))


def sample(delivery: DeviceDelivery = DELIVERY, *, now: datetime = DELIVERED, **answers: Any) -> Facts:
    known = returning(device("d1", ANN, ON_LINE, **answers.pop("record", {})))
    said = {"device_held": "d1", **SAID, **answers}
    rules = RulesInForce(by_carrier=MappingProxyType({ON_LINE.carrier: _rules(14)}))
    optional = {DELIVERIES.code: {"d1": delivery}, CARRIER_RULES.code: rules}
    return replace(known, type=RETURN, now=now, answers=(said,), optional=optional)


def _found(known: Facts) -> list[tuple[str, str | None, str]]:
    return [(error.code, error.field, error.detail) for error in check(known)]


def test_a_device_that_isnt_wanted_can_be_returned_in_time() -> None:
    assert _found(sample(now=datetime(2026, 11, 16, 2, tzinfo=UTC))) == []


@pytest.mark.covers("RETURN.RETURN_WINDOW_CLOSED", "RETURN_WINDOW_CLOSED")
def test_after_the_carriers_last_day_only_stock_takes_it() -> None:
    late = datetime(2026, 11, 16, 18, tzinfo=UTC)
    ((code, field, detail),) = _found(sample(now=late))
    assert (code, field) == ("RETURN_WINDOW_CLOSED", "items.0.device_held")
    assert detail.startswith("The carrier took this device back until Sun, Nov 15, 2026. Return it to the telecom desk")
    assert _found(sample(now=late, return_way="stock")) == []
    assert _found(sample(now=late, return_cause="exchange")) == []


@pytest.mark.parametrize(
    ("day", "cause", "way"),
    [(15, None, "label"), (16, None, "stock"), (16, "unwanted", "stock"), (16, "exchange", "label")],
)
def test_by_default_a_device_goes_where_it_is_still_taken_back(day: int, cause: str | None, way: str) -> None:
    answers = {"device_held": "d1", "return_cause": cause}
    assert RETURN_WAY.compute(sample(now=datetime(2026, 11, day, 18, tzinfo=UTC)), answers) == way


@pytest.mark.parametrize(
    ("rules", "last"),
    [
        (_rules(14), date(2026, 11, 15)),
        (_rules(14, FROM_DELIVERY), date(2026, 11, 18)),
        (_rules(None), None),
        (CarrierRules(carrier="x"), None),
    ],
)
def test_the_last_day_is_counted_in_the_tenants_time_zone(rules: CarrierRules, last: date | None) -> None:
    assert last_day(rules, DELIVERY, "America/Chicago") == last


@pytest.mark.covers("RETURN.NOT_RETURNABLE", "NOT_RETURNABLE")
@pytest.mark.parametrize(
    "record", [{"ownership": Ownership.PERSONAL}, {"status": DeviceStatus.LOST_STOLEN}], ids=["own", "lost"]
)
def test_what_isnt_the_companys_or_is_missing_cant_be_returned(record: dict[str, Any]) -> None:
    ((code, field, detail),) = _found(sample(record=record))
    assert (code, field) == ("NOT_RETURNABLE", "items.0.device_held")
    assert "can't be returned" in detail


@pytest.mark.covers("RETURN.RETURN_OPEN", "RETURN_OPEN")
def test_a_device_that_goes_back_already_names_its_order() -> None:
    ((code, field, detail),) = _found(sample(replace(DELIVERY, open_return="RF9-3WX")))
    assert (code, field) == ("RETURN_OPEN", "items.0.device_held")
    assert detail.startswith("Order RF9-3WX returns this device already.")


@pytest.mark.covers("RETURN.ANSWER_REQUIRED")
def test_someone_says_how_the_device_is_unless_nobody_has_seen_it() -> None:
    errors = _found(sample(condition=None, account_removed=None))
    assert [(code, field) for code, field, _ in errors] == [
        ("ANSWER_REQUIRED", "items.0.condition"),
        ("ANSWER_REQUIRED", "items.0.account_removed"),
    ]
    for cause in ("not_received", "terminate", "leaver"):
        assert _found(sample(condition=None, account_removed=None, return_cause=cause)) == []


@pytest.mark.covers("RETURN.RETURN_CARRIER_UNKNOWN", "RETURN_CARRIER_UNKNOWN")
@pytest.mark.parametrize(
    ("answers", "instead"),
    [
        ({"return_way": "label"}, "Return it to the telecom desk instead."),
        ({"return_way": "pickup"}, "Return it to the telecom desk instead."),
        ({"return_way": "stock", "return_cause": "not_received"}, "Contact the telecom desk."),
    ],
)
def test_without_a_known_carrier_only_stock_takes_a_device(answers: dict[str, Any], instead: str) -> None:
    known = sample(DeviceDelivery(), **answers)
    on_no_line = {"d1": device("d1", ANN)}
    ((code, field, detail),) = _found(replace(known, devices=on_no_line))
    assert (code, field) == ("RETURN_CARRIER_UNKNOWN", "items.0.device_held")
    assert detail.endswith(instead)
    assert _found(replace(sample(DeviceDelivery(), return_way="stock"), devices=on_no_line)) == []
    assert _found(replace(sample(DELIVERY, **answers), devices=on_no_line)) == []


@pytest.mark.parametrize("cause", ReturnCause)
def test_a_delivery_that_is_looked_for_has_a_parcel_and_no_way_back(cause: ReturnCause) -> None:
    is_traced = cause is ReturnCause.NOT_RECEIVED
    needed = [one.code for one in (TRACED_PARCEL, RETURN_WAY) if one.needed({"return_cause": cause})]
    assert needed == (["traced_parcel"] if is_traced else ["return_way"])


@pytest.mark.covers("RETURN.RETURN_CARRIERS_DIFFER", "RETURN_CARRIERS_DIFFER")
@pytest.mark.parametrize("answers", [{"return_way": "label"}, {"return_way": "stock", "return_cause": "not_received"}])
def test_devices_of_two_carriers_need_two_orders(answers: dict[str, Any]) -> None:
    def of_two(first: str, second: str, **said: Any) -> Facts:
        known = sample(**said)
        delivered = {"d1": DeviceDelivery(carrier=first), "d2": DeviceDelivery(carrier=second)}
        return replace(
            known,
            answers=(known.answers[0], {**known.answers[0], "device_held": "d2"}),
            devices={"d1": device("d1", ANN), "d2": device("d2", ANN)},
            optional={**known.optional, DELIVERIES.code: delivered},
        )

    ((code, field, detail),) = _found(of_two("northwind", "bluepeak", **answers))
    assert (code, field) == ("RETURN_CARRIERS_DIFFER", "items.1.device_held")
    assert detail == "This device is from another carrier. Create a separate order for it."
    assert _found(of_two("northwind", "northwind", **answers)) == []
    assert _found(of_two("northwind", "bluepeak", return_way="stock")) == []
