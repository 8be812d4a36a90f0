"""Adapter and simulated carriers follow the definition of TMF622 v4.0.0; the `traffic` fixture checks both."""

from collections.abc import AsyncIterator

import pytest

from carriers.base import CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.action import PACKAGE, CarrierAction
from demo.simulator.app import create_app
from demo.simulator.personality import PERSONALITIES, Personality
from models.errors import SignatureInvalid
from models.lifecycle import ItemState
from models.order import CancelResult, Identifiers
from models.registry import load
from models.returns import DeviceCondition, ReturnState
from tests.carriers.carrier_client import (
    LINE,
    carrier_order,
    connected_adapter,
    own_device,
    phone,
    received_updates,
    sample_answer,
    until_event,
    until_item,
    until_state,
)
from tests.demo.simulator import simulator_client
from tests.demo.simulator.simulator_client import Listener, Listeners, logged_in, running, settings
from tests.tmf622.traffic import Traffic

ACTIONS = load(PACKAGE, CarrierAction)
ENDED = frozenset(state for state in ItemState if state.final)


@pytest.fixture(params=PERSONALITIES)
def personality(request: pytest.FixtureRequest) -> Personality:
    return PERSONALITIES[request.param]


@pytest.fixture
async def carrier(personality: Personality) -> AsyncIterator[Tmf622Carrier]:
    """Connected as `make run` connects it."""
    async with running(create_app(settings(personality=personality))) as url:
        async with logged_in(url) as client:
            await client.add_products(simulator_client.LINE)
        async with connected_adapter(url, personality=personality) as carrier:
            yield carrier


@pytest.fixture
async def listener(carrier: Tmf622Carrier, listeners: Listeners) -> Listener:
    listener = listeners.new()
    await carrier.ensure_listening(listener.url)
    return listener


def full_item(action: CarrierAction) -> CarrierOrderItem:
    """An item with an answer to each question that the action sends."""
    subject = Identifiers() if action.verb == "add" and not action.named_by else LINE
    changes = {code: sample_answer(code) for code in action.sends}
    return CarrierOrderItem(item_id="1", action=action.code, subject=subject, changes=changes, offering="OFF-1")


async def finish(carrier: Tmf622Carrier, carrier_ref: str) -> None:
    """Follow the order until it is done, and activate what waits for it."""
    waiting = await until_item(carrier, carrier_ref, lambda item: item.state in {ItemState.AWAITING_ACTIVATION, *ENDED})
    if waiting.items[0].state is ItemState.AWAITING_ACTIVATION:
        await carrier.activate(carrier_ref, "1", {"imei": "490154203237518"})
    ended = await until_item(carrier, carrier_ref, lambda item: item.state in ENDED)
    assert ended.items[0].state is ItemState.DONE, ended


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
async def test_every_action_is_done_and_all_its_documents_are_valid(
    carrier: Tmf622Carrier, listener: Listener, traffic: Traffic, action: CarrierAction
) -> None:
    order = carrier_order(full_item(action), instructions="Ring twice.")
    carrier_ref = await carrier.submit(order)
    await finish(carrier, carrier_ref)
    updates = await until_event(carrier, listener, order.client_ref, ItemState.DONE)
    assert updates[-1].items[0].identifiers == (await carrier.status(carrier_ref)).items[0].identifiers
    assert await carrier.find(order.client_ref) == (carrier_ref,)
    assert {"POST /productOrder", "GET /productOrder/{id}", "GET /productOrder"} <= traffic.requests
    assert "ProductOrderStateChangeEvent" in traffic.events


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        ("return_label", "", (ReturnState.INSPECTED, DeviceCondition.WORKING)),
        ("return_label", "returned=damaged", (ReturnState.INSPECTED, DeviceCondition.DAMAGED)),
        ("return_label", "returned=broken", (ReturnState.INSPECTED, DeviceCondition.BROKEN)),
        ("return_label", "returned=locked", (ReturnState.INSPECTED, DeviceCondition.LOCKED)),
        ("trace_parcel", "", (ReturnState.FOUND, None)),
        ("trace_parcel", "traced=lost", (ReturnState.LOST, None)),
    ],
)
async def test_what_becomes_of_goods_is_told_in_valid_documents(
    carrier: Tmf622Carrier, listener: Listener, code: str, words: str, told: tuple[ReturnState, DeviceCondition | None]
) -> None:
    order = carrier_order(full_item(ACTIONS[code]), simulate=words)
    await finish(carrier, await carrier.submit(order))
    (item,) = (await until_event(carrier, listener, order.client_ref, ItemState.DONE))[-1].items
    assert (item.return_state, item.return_details and item.return_details.condition) == told


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("reject", ItemState.DECLINED),
        ("partial=1", ItemState.DECLINED),
        ("backorder=0.05, backorderDated=false", ItemState.AWAITING_ACTIVATION),
        ("needsInfo=serviceZip", ItemState.INFO_REQUIRED),
        ("duplicateEvents, unorderedEvents", ItemState.AWAITING_ACTIVATION),
    ],
)
async def test_what_goes_wrong_is_told_in_valid_documents(
    carrier: Tmf622Carrier, listener: Listener, words: str, state: ItemState
) -> None:
    order = carrier_order(phone("1"), phone("2"), simulate=words)
    await until_state(carrier, await carrier.submit(order), state)
    await until_event(carrier, listener, order.client_ref, state)


@pytest.mark.parametrize(("words", "result"), [("", CancelResult.CANCELED), (", declineCancel", CancelResult.DECLINED)])
async def test_a_cancellation_is_told_in_valid_documents(
    carrier: Tmf622Carrier, listener: Listener, traffic: Traffic, words: str, result: CancelResult
) -> None:
    order = carrier_order(simulate=f"backorder=3600{words}")
    carrier_ref = await carrier.submit(order)
    await until_state(carrier, carrier_ref, ItemState.BACKORDERED)
    assert await carrier.cancel(carrier_ref, "changed our mind") is result
    await until_event(carrier, listener, order.client_ref, ItemState.CANCELING)
    assert "POST /cancelProductOrder" in traffic.requests


@pytest.mark.fault("11")
async def test_an_event_that_anyone_could_send_is_not_believed(
    carrier: Tmf622Carrier, listener: Listener, personality: Personality
) -> None:
    await carrier.submit(carrier_order(full_item(ACTIONS["suspend"])))
    await listener.until_state("completed")
    _, body = listener.calls[-1]
    assert carrier.believes_webhooks is personality.signs_events
    if personality.signs_events:
        with pytest.raises(SignatureInvalid):
            carrier.read_webhook({}, body)
    else:
        assert carrier.read_webhook({}, body)


async def test_an_order_is_sent_twice_without_harm_only_where_repeats_are_recognized(
    carrier: Tmf622Carrier, personality: Personality
) -> None:
    order = carrier_order()
    placed = {await carrier.submit(order) for _ in range(2)}
    assert carrier.recognizes_repeats is (len(placed) == 1) is (personality.idempotency_header is not None)


async def test_the_same_address_is_subscribed_once(carrier: Tmf622Carrier, listener: Listener) -> None:
    await carrier.ensure_listening(listener.url)
    order = carrier_order(full_item(ACTIONS["suspend"]))
    await carrier.submit(order)
    await until_event(carrier, listener, order.client_ref, ItemState.DONE)
    ids = [update.event_id for update in received_updates(carrier, listener, order.client_ref)]
    assert len(ids) == len(set(ids))


async def test_every_request_of_the_adapter_is_valid(carrier: Tmf622Carrier, traffic: Traffic) -> None:
    await carrier.ensure_listening("http://127.0.0.1:1/events")
    carrier_ref = await carrier.submit(
        carrier_order(phone("1"), own_device("2"), simulate="needsInfo=serviceZip", expedite=True)
    )
    assert await carrier.find("01CONTRACT:1") == ()
    await until_state(carrier, carrier_ref, ItemState.INFO_REQUIRED)
    await carrier.provide(carrier_ref, ["1"], {"service_zip": "10001"}, "It is the new office.")
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    await carrier.activate(carrier_ref, "1", {"imei": "490154203237518", "iccid": "8901991000000000002"})
    held = await carrier.submit(carrier_order(simulate="backorder=3600"))
    await until_state(carrier, held, ItemState.BACKORDERED)
    await carrier.cancel(held, "changed our mind")
    assert traffic.requests == {
        "POST /hub",
        "GET /productOrder",
        "POST /productOrder",
        "GET /productOrder/{id}",
        "PATCH /productOrder/{id}",
        "POST /cancelProductOrder",
        "GET /cancelProductOrder/{id}",
    }
