"""A cancellation returns the carrier's decision if it comes at once; otherwise an event reports it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier, adapter
from carriers.tmf622.documents import CancelProductOrder
from demo.simulator.app import create_app
from models.errors import CarrierDeclined, CarrierUnavailable
from models.lifecycle import ItemState
from models.order import CancelResult
from tests.carriers import carrier_client
from tests.carriers.carrier_client import carrier_order, lose_next_answer, own_device, until_event, until_state
from tests.demo.simulator.simulator_client import Client, Listener, running, settings


@pytest.fixture
async def slow_carrier() -> AsyncIterator[Tmf622Carrier]:
    """A carrier that assesses cancellations for an hour."""
    pace = {"seconds": 0, "phases": {"assess": 3600}}
    async with running(create_app(settings(pace=pace))) as url, carrier_client.connected_adapter(url) as carrier:
        yield carrier


async def backordered(carrier: Tmf622Carrier, more: str = "") -> str:
    carrier_ref = await carrier.submit(carrier_order(simulate=f"backorder=3600{more}"))
    await until_state(carrier, carrier_ref, ItemState.BACKORDERED)
    return carrier_ref


async def test_a_held_order_is_canceled_with_the_reason(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await backordered(carrier)
    assert await carrier.cancel(carrier_ref, "changed our mind") is CancelResult.CANCELED
    await until_state(carrier, carrier_ref, ItemState.CANCELED)
    assert (await client.read({"id": carrier_ref}))["cancellationReason"] == "changed our mind"


async def test_canceling_again_returns_canceled(carrier: Tmf622Carrier) -> None:
    carrier_ref = await backordered(carrier)
    answers = [await carrier.cancel(carrier_ref, "") for _ in range(2)]
    assert answers == [CancelResult.CANCELED] * 2


async def test_a_cancellation_whose_answer_was_lost_is_not_declined(carrier: Tmf622Carrier) -> None:
    carrier_ref = await backordered(carrier)
    lose_next_answer(carrier, "POST")
    with pytest.raises(CarrierUnavailable):
        await carrier.cancel(carrier_ref, "")
    await until_state(carrier, carrier_ref, ItemState.CANCELED)
    assert await carrier.cancel(carrier_ref, "") is CancelResult.CANCELED


async def test_a_declined_cancellation_returns_declined(carrier: Tmf622Carrier) -> None:
    assert await carrier.cancel(await backordered(carrier, ", declineCancel"), "") is CancelResult.DECLINED


async def test_a_shipped_order_is_not_canceled(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order())
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    assert await carrier.cancel(carrier_ref, "") is CancelResult.DECLINED
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)


async def test_a_completed_order_is_not_canceled(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(own_device()))
    await until_state(carrier, carrier_ref, ItemState.DONE)
    assert await carrier.cancel(carrier_ref, "") is CancelResult.DECLINED


@pytest.mark.parametrize("state", ["rejected", "failed"])
async def test_nothing_is_left_of_what_the_carrier_has_rejected(state: str) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        order = httpx2.Response(200, json={"id": "C1", "state": state})
        return order if request.method == "GET" else httpx2.Response(409)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    assert await carrier_client.adapter("http://carrier", http=http).cancel("C1", "") is CancelResult.CANCELED


async def test_an_unknown_order_is_declined(carrier: Tmf622Carrier) -> None:
    with pytest.raises(CarrierDeclined):
        await carrier.cancel("nobody", "")


@pytest.mark.fault("1")
@pytest.mark.parametrize(("order", "error"), [
    (httpx2.Response(404), CarrierDeclined),
    (httpx2.Response(200, json={"id": "C1", "state": "inProgress"}), CarrierUnavailable),
    (httpx2.Response(500), CarrierUnavailable),
])  # fmt: skip
async def test_a_cancellation_that_is_not_found_is_declined_only_if_the_order_is_not_found(
    order: httpx2.Response, error: type[Exception]
) -> None:
    """The address of cancellations can be missing, too."""
    http = httpx2.AsyncClient(
        transport=httpx2.MockTransport(lambda request: order if request.method == "GET" else httpx2.Response(404))
    )
    with pytest.raises(error):
        await carrier_client.adapter("http://carrier", http=http).cancel("C1", "")


async def test_a_cancellation_without_a_decision_is_being_assessed(
    slow_carrier: Tmf622Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "CANCEL_POLL_SECONDS", (0.01,))
    carrier_ref = await backordered(slow_carrier)
    answers = [await slow_carrier.cancel(carrier_ref, "") for _ in range(2)]
    assert answers == [CancelResult.ASSESSING] * 2
    await until_state(slow_carrier, carrier_ref, ItemState.CANCELING)


async def test_an_event_reports_that_a_cancellation_was_declined(carrier: Tmf622Carrier, listener: Listener) -> None:
    order = carrier_order(simulate="backorder=3600, declineCancel")
    carrier_ref = await carrier.submit(order)
    await until_event(carrier, listener, order.client_ref, ItemState.BACKORDERED)
    await carrier.cancel(carrier_ref, "")
    await until_event(carrier, listener, order.client_ref, ItemState.AWAITING_ACTIVATION)
    states = [update.items[0].state for update in carrier_client.received_updates(carrier, listener, order.client_ref)]
    index = states.index(ItemState.CANCELING)
    assert states[index - 1 : index + 2] == [ItemState.BACKORDERED, ItemState.CANCELING, ItemState.BACKORDERED]


async def test_a_cancellation_is_being_assessed_if_polling_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(201, json={"id": "T1"}) if request.method == "POST" else httpx2.Response(503)

    monkeypatch.setattr(adapter, "CANCEL_POLL_SECONDS", (0.0,))
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    assert await carrier_client.adapter("http://carrier", http=http).cancel("C1", "") is CancelResult.ASSESSING


@pytest.mark.parametrize(
    ("state", "effective", "answer"),
    [
        ("acknowledged", None, CancelResult.ASSESSING),
        ("inProgress", None, CancelResult.ASSESSING),
        (None, None, CancelResult.ASSESSING),
        ("done", "2026-11-16T15:00:00Z", CancelResult.CANCELED),
        ("done", None, CancelResult.DECLINED),
        ("terminatedWithError", None, CancelResult.DECLINED),
        ("rejected", None, CancelResult.DECLINED),
    ],
)
def test_the_answer_follows_from_the_state_of_the_task(
    state: str | None, effective: str | None, answer: CancelResult
) -> None:
    assert CancelProductOrder(id="T1", state=state, effective_cancellation_date=effective).answer is answer
