"""Updates from a carrier's orders, polled or sent as events."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.documents import ProductOrder
from carriers.tmf622.mapping import item_updates
from carriers.tmf622.naming import IDENTIFIERS, Identifier
from models.lifecycle import ItemState
from models.order import Channel, Identifiers
from runtime.metrics import UNREADABLE
from tests.carriers.carrier_client import carrier_order, own_device, phone, until_event, until_item, until_state
from tests.demo.simulator.simulator_client import Listener


def product_order(
    item_state: str | None = None,
    order_state: str = "inProgress",
    *,
    characteristics: Mapping[str, object] | None = None,
    **more: object,
) -> ProductOrder:
    entries = [{"name": name, "value": value} for name, value in (characteristics or {}).items()]
    item = {"id": "1", "action": "add", "state": item_state, "product": {"productCharacteristic": entries}}
    return ProductOrder.model_validate({"id": "C1", "state": order_state, "productOrderItem": [item], **more})


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (product_order("acknowledged", "acknowledged"), ItemState.PLACED),
        (product_order("inProgress"), ItemState.IN_FULFILLMENT),
        (product_order("held", "held"), ItemState.BACKORDERED),
        (product_order("pending", "pending"), ItemState.INFO_REQUIRED),
        (product_order("inProgress", characteristics={"trackingNumber": "1Z"}), ItemState.SHIPPED),
        (
            product_order("inProgress", characteristics={"trackingNumber": "1Z", "deliveredAt": "x"}),
            ItemState.AWAITING_ACTIVATION,
        ),
        (product_order("completed"), ItemState.DONE),
        (product_order("rejected", "rejected"), ItemState.DECLINED),
        (product_order("failed", "partial"), ItemState.DECLINED),
        (product_order("cancelled", "cancelled"), ItemState.CANCELED),
        (product_order("held", "assessingCancellation"), ItemState.CANCELING),
        (
            product_order("inProgress", "pendingCancellation", characteristics={"trackingNumber": "1Z"}),
            ItemState.CANCELING,
        ),
        (product_order("completed", "assessingCancellation"), ItemState.DONE),
        (product_order(None, "held"), ItemState.BACKORDERED),
        (product_order(None, "held.assessingCharge"), ItemState.BACKORDERED),
        (product_order("inProgress.accepted"), ItemState.IN_FULFILLMENT),
        (product_order("rejected.validated", "rejected"), ItemState.DECLINED),
    ],
)
def test_the_state_of_an_item_is_mapped(order: ProductOrder, state: ItemState) -> None:
    assert [item.state for item in item_updates(order)] == [state]


@pytest.mark.fault("4")
@pytest.mark.parametrize(("state", "counted"), [("draft", 1), ("partial", 1), ("Completed", 1), ("", 0)])
def test_an_unknown_state_is_counted_and_all_else_counts(state: str, counted: int) -> None:
    before = UNREADABLE.labels("state")._value.get()
    (item,) = item_updates(product_order(state, state, characteristics={"MDN": "(212) 555-1234"}))
    assert (item.state, item.identifiers.mdn) == (None, "+12125551234")
    assert UNREADABLE.labels("state")._value.get() - before == counted


REFUSED = [{"sku": "EUROPE", "reason": "not available"}]


@pytest.mark.parametrize(
    ("characteristics", "state", "refused", "detail", "in_part"),
    [
        ({"appliedFeatureSkus": ["PTT"]}, ItemState.DONE, (), None, False),
        ({"appliedFeatureSkus": ["PTT"], "refusedFeatureSkus": []}, ItemState.DONE, (), None, False),
        (
            {"appliedFeatureSkus": ["PTT"], "refusedFeatureSkus": REFUSED},
            *(ItemState.DONE, (("EUROPE", "not available"),), None, True),
        ),
        ({"refusedFeatureSkus": ["EUROPE", {"sku": 1}]}, ItemState.DONE, (("EUROPE", ""), ("1", "")), None, True),
        (
            {"appliedFeatureSkus": [], "refusedFeatureSkus": REFUSED},
            *(ItemState.DECLINED, (("EUROPE", "not available"),), "EUROPE: not available", True),
        ),
        ({"lostFeatureSkus": ["EUROPE"]}, ItemState.DONE, (("EUROPE", ""),), None, False),
    ],
)
def test_features_that_a_carrier_refuses_are_read_each_with_its_reason(
    characteristics: dict[str, Any],
    state: ItemState,
    refused: tuple[tuple[str, str], ...],
    detail: str | None,
    *,
    in_part: bool,
) -> None:
    (item,) = item_updates(product_order("completed", characteristics=characteristics))
    assert (item.state, item.refused_features, item.detail, item.in_part) == (state, refused, detail, in_part)


@pytest.mark.fault("4")
def test_a_refused_feature_that_can_t_be_read_is_counted_and_the_others_count() -> None:
    before = UNREADABLE.labels("refusedFeatureSkus")._value.get()
    refused = [None, ["EUROPE"], {"reason": "why"}, {"sku": "PTT", "reason": {"a": 1}}]
    (item,) = item_updates(product_order("completed", characteristics={"refusedFeatureSkus": refused}))
    assert item.refused_features == (("PTT", ""),)
    assert UNREADABLE.labels("refusedFeatureSkus")._value.get() - before == 3


def test_identifiers_are_normalized() -> None:
    characteristics = {"MDN": "(212) 555-1234", "ICCID": "8901991000000000002F", "IMEI": "49-015420-323751-8"}
    (item,) = item_updates(product_order("inProgress", characteristics=characteristics | {"EID": None}))
    assert item.identifiers == Identifiers(mdn="+12125551234", iccid="8901991000000000002", imei="490154203237518")


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=lambda one: one.name)
def test_an_identifier_that_cannot_be_read_is_ignored(identifier: Identifier) -> None:
    (item,) = item_updates(product_order("inProgress", characteristics={identifier.characteristic: "pending"}))
    assert item.identifiers == Identifiers()


def test_everything_that_an_order_keeps_of_a_carrier_has_a_characteristic() -> None:
    kept = {field.name for field in fields(Identifiers)}
    assert {one.name for one in IDENTIFIERS} == kept - {"carrier_product_id"}


@pytest.mark.parametrize(
    ("product", "known"), [({"id": "PRD-1"}, "PRD-1"), ({}, None), ({"id": ""}, None), ({"id": ["PRD-1"]}, None)]
)
def test_the_carriers_id_of_the_product_is_kept_if_it_is_one(product: dict[str, Any], known: str | None) -> None:
    document = {"id": "C1", "state": "completed", "productOrderItem": [{"id": "1", "product": product}]}
    (item,) = item_updates(ProductOrder.model_validate(document))
    assert item.identifiers == Identifiers(carrier_product_id=known)


def test_the_activation_code_is_not_kept() -> None:
    order = product_order("inProgress", characteristics={"activationCode": "LPA:1$secret", "EID": "89"})
    assert "LPA" not in repr(order)


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ({"author": "Northwind", "text": "BACKORDERED: out of stock"}, ("BACKORDERED", "out of stock")),
        ({"text": "The truck broke down."}, (None, "The truck broke down.")),
        ({"author": "Dialtone", "text": "URGENT: please hurry"}, (None, None)),
    ],
)
def test_the_reason_is_the_carriers_last_note(note: dict[str, str], reason: tuple[str | None, str | None]) -> None:
    (item,) = item_updates(product_order("held", "held", note=[note]))
    assert (item.code, item.detail) == reason


@pytest.mark.parametrize(
    ("text", "expected_at"),
    [
        ("2026-11-16T15:00:00Z", datetime(2026, 11, 16, 15, tzinfo=UTC)),
        ("2026-11-16T15:00:00", datetime(2026, 11, 16, 15, tzinfo=UTC)),
        ("next week", None),
        (None, None),
    ],
)
def test_an_expected_date_is_parsed(text: str | None, expected_at: datetime | None) -> None:
    (item,) = item_updates(product_order("held", "held", expectedCompletionDate=text))
    assert item.expected_at == expected_at


async def test_a_shipped_phone_has_all_identifiers(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(order := carrier_order())
    update = await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    identifiers = update.items[0].identifiers
    assert (update.client_ref, update.channel) == (order.client_ref, Channel.RECONCILER)
    assert (identifiers.mdn or "").startswith("+1212")
    assert (identifiers.imei or "").startswith("35209900")
    assert (identifiers.iccid or "").startswith("8901")
    (parcel,) = update.items[0].parcels
    assert (parcel.tracking_number[:2], parcel.shipping_carrier, parcel.delivered) == ("1Z", "UPS", True)


async def test_an_item_without_a_shipment_completes_by_itself(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(own_device()))
    update = await until_state(carrier, carrier_ref, ItemState.DONE)
    assert update.items[0].identifiers.eid


async def test_a_backorder_has_a_reason_and_an_expected_date(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(simulate="backorder=3600"))
    (item,) = (await until_state(carrier, carrier_ref, ItemState.BACKORDERED)).items
    assert (item.code, item.detail) == ("BACKORDERED", "out of stock")
    assert item.expected_at is not None
    assert item.expected_at > datetime.now(UTC)


async def test_a_declined_item_has_a_reason(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(simulate="reject=CREDIT_DECLINED"))
    (item,) = (await until_state(carrier, carrier_ref, ItemState.DECLINED)).items
    assert (item.code, item.detail) == ("CREDIT_DECLINED", "credit check failed")
    assert item.expected_at is None


async def test_every_item_has_its_own_update(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(phone("1"), own_device("2"), phone("3"), simulate="partial=3"))
    update = await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    states = {item.item_id: item.state for item in update.items}
    assert states == {"1": ItemState.AWAITING_ACTIVATION, "2": ItemState.DONE, "3": ItemState.DECLINED}
    assert update.items[2].code == "PROVISIONING_FAILED"


async def test_a_new_state_is_another_answer(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(simulate="backorder=3600"))
    first = await until_state(carrier, carrier_ref, ItemState.BACKORDERED)
    assert (await carrier.status(carrier_ref)).items == first.items
    await carrier.cancel(carrier_ref, "changed our mind")
    later = await until_item(carrier, carrier_ref, lambda item: item.state is not ItemState.BACKORDERED)
    assert later.items != first.items


@pytest.mark.parametrize(("theirs", "ours"), [("serviceZip", "service_zip"), ("planSku", "plan"), ("IMEI", "imei")])
async def test_missing_information_has_our_name(
    carrier: Tmf622Carrier, listener: Listener, theirs: str, ours: str
) -> None:
    await carrier.submit(order := carrier_order(simulate=f"needsInfo={theirs}"))
    updates = await until_event(carrier, listener, order.client_ref, ItemState.INFO_REQUIRED)
    assert updates[0].items[0].needs == (ours,)
    assert (updates[0].items[0].code, updates[0].items[0].detail) == (
        "INFORMATION_REQUIRED",
        "Some information is missing.",
    )


async def test_events_report_each_state_of_a_phone(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := carrier_order())
    updates = await until_event(carrier, listener, order.client_ref, ItemState.AWAITING_ACTIVATION)
    assert [item.state for update in updates for item in update.items] == [
        ItemState.IN_FULFILLMENT,
        ItemState.IN_FULFILLMENT,
        ItemState.SHIPPED,
        ItemState.AWAITING_ACTIVATION,
    ]
    assert {update.channel for update in updates} == {Channel.WEBHOOK}


async def test_events_out_of_order_each_report_their_own_state(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := carrier_order(simulate="unorderedEvents"))
    updates = await until_event(carrier, listener, order.client_ref, ItemState.SHIPPED)
    states = [item.state for update in updates for item in update.items]
    assert states.index(ItemState.AWAITING_ACTIVATION) < states.index(ItemState.SHIPPED)


async def test_a_duplicate_event_has_the_same_id(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := carrier_order(own_device(), simulate="duplicateEvents"))
    updates = await until_event(carrier, listener, order.client_ref, ItemState.DONE)
    assert updates[0].event_id == updates[1].event_id
    assert len({update.event_id for update in updates}) > 1


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ({"action": "delete"}, "disconnected"),
        ({"action": "modify", "product": {"status": "suspended"}}, "suspended"),
        ({"action": "modify", "product": {"status": "terminated"}}, "disconnected"),
        ({"action": "modify", "product": {"status": "pendingActive"}}, None),
        (
            {"action": "modify", "product": {"productCharacteristic": [{"name": "lineStatus", "value": "active"}]}},
            "active",
        ),
        ({"action": "modify", "product": {"productCharacteristic": [{"name": "lineStatus", "value": ["x"]}]}}, None),
    ],
)
def test_what_the_line_is_afterwards_is_read(item: dict[str, Any], status: str | None) -> None:
    document = {"id": "C1", "state": "completed", "productOrderItem": [{"id": "1", "state": "completed", **item}]}
    (update,) = item_updates(ProductOrder.model_validate(document))
    assert (update.line_status, update.unreadable, update.for_workflow.line_status) == (status, (), None)
