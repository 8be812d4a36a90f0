"""A cancellation is answered at once where the carrier decides at once; else its news tell."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier, adapter
from carriers.tmf622.documents import CancelTask
from demo.simulator import create_app
from models.errors import CarrierRefused
from models.lifecycle import ItemState
from models.order import CancelAnswer
from tests.carriers import carrier_client
from tests.carriers.carrier_client import own_device, until_heard, until_state, work
from tests.demo.simulator.simulator_client import Client, Listener, running, settings


@pytest.fixture
async def deliberate() -> AsyncIterator[Tmf622Carrier]:
    """A carrier that assesses cancellations for an hour."""
    pace = {"seconds": 0, "phases": {"assess": 3600}}
    async with running(create_app(settings(pace=pace))) as url, carrier_client.reaching(url) as carrier:
        yield carrier


async def held(carrier: Tmf622Carrier, more: str = "") -> str:
    receipt = await carrier.submit(work(steer=f"backorder=3600{more}"))
    await until_state(carrier, receipt.carrier_ref, ItemState.BACKORDERED)
    return receipt.carrier_ref


async def test_an_order_that_is_held_is_cancelled_for_its_reason(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await held(carrier)
    assert await carrier.cancel(carrier_ref, "changed our mind") is CancelAnswer.CANCELED
    await until_state(carrier, carrier_ref, ItemState.CANCELED)
    assert (await client.read({"id": carrier_ref}))["cancellationReason"] == "changed our mind"


async def test_cancelling_again_is_cancelled_as_well(carrier: Tmf622Carrier) -> None:
    carrier_ref = await held(carrier)
    answers = [await carrier.cancel(carrier_ref, "") for _ in range(2)]
    assert answers == [CancelAnswer.CANCELED] * 2


async def test_a_carrier_that_refuses_declines(carrier: Tmf622Carrier) -> None:
    assert await carrier.cancel(await held(carrier, ", refuseCancel"), "") is CancelAnswer.DECLINED


async def test_goods_under_way_are_not_cancelled(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work())
    await until_state(carrier, receipt.carrier_ref, ItemState.AWAITING_ACTIVATION)
    assert await carrier.cancel(receipt.carrier_ref, "") is CancelAnswer.DECLINED
    await until_state(carrier, receipt.carrier_ref, ItemState.AWAITING_ACTIVATION)


async def test_an_order_that_is_complete_is_not_cancelled(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(own_device()))
    await until_state(carrier, receipt.carrier_ref, ItemState.DONE)
    assert await carrier.cancel(receipt.carrier_ref, "") is CancelAnswer.DECLINED


async def test_an_order_the_carrier_does_not_know_is_refused(carrier: Tmf622Carrier) -> None:
    with pytest.raises(CarrierRefused):
        await carrier.cancel("nobody", "")


async def test_a_cancellation_that_takes_long_is_being_assessed_however_often_it_is_asked_for(
    deliberate: Tmf622Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "CANCEL_PAUSES", (0.01,))
    carrier_ref = await held(deliberate)
    answers = [await deliberate.cancel(carrier_ref, "") for _ in range(2)]
    assert answers == [CancelAnswer.ASSESSING] * 2
    await until_state(deliberate, carrier_ref, ItemState.CANCELING)


async def test_news_tell_that_a_cancellation_was_refused(carrier: Tmf622Carrier, listener: Listener) -> None:
    order = work(steer="backorder=3600, refuseCancel")
    receipt = await carrier.submit(order)
    await until_heard(carrier, listener, order.client_ref, ItemState.BACKORDERED)
    await carrier.cancel(receipt.carrier_ref, "")
    await until_heard(carrier, listener, order.client_ref, ItemState.AWAITING_ACTIVATION)
    told = [news.items[0].state for news in carrier_client.heard(carrier, listener, order.client_ref)]
    after = told.index(ItemState.CANCELING)
    assert told[after - 1 : after + 2] == [ItemState.BACKORDERED, ItemState.CANCELING, ItemState.BACKORDERED]


async def test_a_carrier_that_goes_away_while_it_assesses_is_assessing(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(201, json={"id": "T1"}) if request.method == "POST" else httpx2.Response(503)

    monkeypatch.setattr(adapter, "CANCEL_PAUSES", (0.0,))
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    assert await carrier_client.adapter("http://carrier", http=http).cancel("C1", "") is CancelAnswer.ASSESSING


@pytest.mark.parametrize(
    ("state", "effective", "answer"),
    [
        ("acknowledged", None, CancelAnswer.ASSESSING),
        ("inProgress", None, CancelAnswer.ASSESSING),
        (None, None, CancelAnswer.ASSESSING),
        ("done", "2026-11-16T15:00:00Z", CancelAnswer.CANCELED),
        ("done", None, CancelAnswer.DECLINED),
        ("terminatedWithError", None, CancelAnswer.DECLINED),
        ("rejected", None, CancelAnswer.DECLINED),
    ],
)
def test_the_state_of_the_task_is_the_answer(state: str | None, effective: str | None, answer: CancelAnswer) -> None:
    assert CancelTask(id="T1", state=state, effective_cancellation_date=effective).answer is answer
