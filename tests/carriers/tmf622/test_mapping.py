"""Where the carrier stands with an order, in our words: asked for, and told by events."""

from datetime import UTC, datetime

import pytest

from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.documents import ProductOrder
from carriers.tmf622.mapping import items_of
from models.lifecycle import ItemState
from models.order import Channel, Identifiers
from tests.carriers.carrier_client import own_device, phone, until_heard, until_news, until_state, work
from tests.demo.simulator.simulator_client import Listener


def an_order(item_state: str | None = None, order_state: str = "inProgress", **more: object) -> ProductOrder:
    known = [{"name": name, "value": value} for name, value in more.pop("known", {}).items()]  # type: ignore[attr-defined]
    item = {"id": "1", "action": "add", "state": item_state, "product": {"productCharacteristic": known}}
    return ProductOrder.model_validate({"id": "C1", "state": order_state, "productOrderItem": [item], **more})


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (an_order("acknowledged", "acknowledged"), ItemState.PLACED),
        (an_order("inProgress"), ItemState.IN_FULFILLMENT),
        (an_order("held", "held"), ItemState.BACKORDERED),
        (an_order("pending", "pending"), ItemState.INFO_REQUIRED),
        (an_order("inProgress", known={"trackingNumber": "1Z"}), ItemState.SHIPPED),
        (an_order("inProgress", known={"trackingNumber": "1Z", "deliveredAt": "x"}), ItemState.AWAITING_ACTIVATION),
        (an_order("completed"), ItemState.DONE),
        (an_order("rejected", "rejected"), ItemState.REFUSED),
        (an_order("failed", "partial"), ItemState.REFUSED),
        (an_order("cancelled", "cancelled"), ItemState.CANCELED),
        (an_order("held", "assessingCancellation"), ItemState.CANCELING),
        (an_order("inProgress", "pendingCancellation", known={"trackingNumber": "1Z"}), ItemState.CANCELING),
        (an_order("completed", "assessingCancellation"), ItemState.DONE),
        (an_order(None, "held"), ItemState.BACKORDERED),
        (an_order(None, "held.assessingCharge"), ItemState.BACKORDERED),
        (an_order("inProgress.accepted"), ItemState.IN_FULFILLMENT),
        (an_order("rejected.validated", "rejected"), ItemState.REFUSED),
    ],
)
def test_the_state_of_an_item_follows_from_its_own_and_its_orders(order: ProductOrder, state: ItemState) -> None:
    assert [item.state for item in items_of(order, {})] == [state]


@pytest.mark.parametrize("state", ["draft", "partial", ""])
def test_a_state_we_have_no_word_for_is_passed_over(state: str) -> None:
    assert items_of(an_order(state, state), {}) == ()


def test_identifiers_are_taken_over_in_our_forms() -> None:
    known = {"MDN": "(212) 555-1234", "ICCID": "8901991234567890123F", "IMEI": 490154203237518, "EID": None}
    (item,) = items_of(an_order("inProgress", known=known), {})
    assert item.identifiers == Identifiers(mdn="+12125551234", iccid="8901991234567890123", imei="490154203237518")


def test_a_number_that_is_none_is_not_taken_for_one() -> None:
    (item,) = items_of(an_order("inProgress", known={"MDN": "pending"}), {})
    assert item.identifiers.mdn is None


def test_the_activation_code_is_not_read() -> None:
    order = an_order("inProgress", known={"activationCode": "LPA:1$secret", "EID": "89"})
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
    (item,) = items_of(an_order("held", "held", note=[note]), {})
    assert (item.code, item.detail) == reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-16T15:00:00Z", datetime(2026, 11, 16, 15, tzinfo=UTC)),
        ("2026-11-16T15:00:00", datetime(2026, 11, 16, 15, tzinfo=UTC)),
        ("next week", None),
        (None, None),
    ],
)
def test_an_expected_date_is_taken_over_where_it_is_one(text: str | None, moment: datetime | None) -> None:
    (item,) = items_of(an_order("held", "held", expectedCompletionDate=text), {})
    assert item.expected_at == moment


async def test_a_phone_is_followed_from_its_number_to_its_parcel(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(order := work())
    news = await until_state(carrier, receipt.carrier_ref, ItemState.AWAITING_ACTIVATION)
    known = news.items[0].identifiers
    assert (news.client_ref, news.channel) == (order.client_ref, Channel.RECONCILER)
    assert (known.mdn or "").startswith("+1212")
    assert (known.imei or "").startswith("35209900")
    assert (known.iccid or "").startswith("8901")
    assert (known.tracking_number or "").startswith("1Z")
    assert known.shipping_carrier == "UPS"


async def test_what_ships_nothing_is_done_by_itself(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(own_device()))
    news = await until_state(carrier, receipt.carrier_ref, ItemState.DONE)
    assert news.items[0].identifiers.eid


async def test_a_backorder_says_why_and_until_when(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(steer="backorder=3600"))
    (item,) = (await until_state(carrier, receipt.carrier_ref, ItemState.BACKORDERED)).items
    assert (item.code, item.detail) == ("BACKORDERED", "out of stock")
    assert item.expected_at is not None
    assert item.expected_at > datetime.now(UTC)


async def test_a_refusal_says_why(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(steer="reject=CREDIT_DECLINED"))
    (item,) = (await until_state(carrier, receipt.carrier_ref, ItemState.REFUSED)).items
    assert (item.code, item.detail) == ("CREDIT_DECLINED", "the carrier refuses this order")
    assert item.expected_at is None


async def test_every_item_has_its_own_news(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(phone("1"), own_device("2"), phone("3"), steer="partial=3"))
    news = await until_state(carrier, receipt.carrier_ref, ItemState.AWAITING_ACTIVATION)
    told = {item.item_id: item.state for item in news.items}
    assert told == {"1": ItemState.AWAITING_ACTIVATION, "2": ItemState.DONE, "3": ItemState.REFUSED}
    assert news.items[2].code == "PROVISIONING_FAILED"


async def test_nothing_new_is_the_same_event(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(steer="backorder=3600"))
    first = await until_state(carrier, receipt.carrier_ref, ItemState.BACKORDERED)
    assert await carrier.status(receipt.carrier_ref) == first
    await carrier.cancel(receipt.carrier_ref, "changed our mind")
    later = await until_news(carrier, receipt.carrier_ref, lambda item: item.state is not ItemState.BACKORDERED)
    assert later.event_id != first.event_id


async def test_what_is_missing_is_named_in_our_words(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := work(steer="needsInfo=serviceZip"))
    news = await until_heard(carrier, listener, order.client_ref, ItemState.INFO_REQUIRED)
    assert news[0].items[0].needs == ("service_zip",)
    assert (news[0].items[0].code, news[0].items[0].detail) == ("INFORMATION_REQUIRED", "please supply serviceZip")


async def test_events_tell_the_way_of_a_phone(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := work())
    news = await until_heard(carrier, listener, order.client_ref, ItemState.AWAITING_ACTIVATION)
    assert [item.state for told in news for item in told.items] == [
        ItemState.IN_FULFILLMENT,
        ItemState.IN_FULFILLMENT,
        ItemState.SHIPPED,
        ItemState.AWAITING_ACTIVATION,
    ]
    assert {told.channel for told in news} == {Channel.WEBHOOK}


async def test_events_out_of_order_each_tell_what_was_true(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := work(steer="unorderedEvents"))
    news = await until_heard(carrier, listener, order.client_ref, ItemState.SHIPPED)
    told = [item.state for one in news for item in one.items]
    assert told.index(ItemState.AWAITING_ACTIVATION) < told.index(ItemState.SHIPPED)


async def test_a_duplicate_event_has_the_same_id(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.submit(order := work(own_device(), steer="duplicateEvents"))
    news = await until_heard(carrier, listener, order.client_ref, ItemState.DONE)
    assert news[0].event_id == news[1].event_id
    assert len({told.event_id for told in news}) > 1
