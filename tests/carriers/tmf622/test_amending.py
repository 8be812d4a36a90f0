"""What people tell a carrier about an order it has: which device they hold, and what it lacked."""

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier
from models.errors import CarrierRefused
from models.lifecycle import ItemState
from models.order import Identifiers
from tests.carriers.carrier_client import adapter, own_device, phone, until_state, work
from tests.demo.simulator.simulator_client import Client, told

IMEI = "490154203237518"


async def delivered(carrier: Tmf622Carrier) -> str:
    receipt = await carrier.submit(work())
    await until_state(carrier, receipt.carrier_ref, ItemState.AWAITING_ACTIVATION)
    return receipt.carrier_ref


async def lacking(carrier: Tmf622Carrier) -> str:
    receipt = await carrier.submit(work(phone("1"), phone("2"), steer="needsInfo=serviceZip"))
    await until_state(carrier, receipt.carrier_ref, ItemState.INFO_REQUIRED)
    return receipt.carrier_ref


async def test_service_begins_on_the_device_in_hand(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    await carrier.activate(carrier_ref, "1", Identifiers(imei=IMEI))
    news = await until_state(carrier, carrier_ref, ItemState.DONE)
    assert news.items[0].identifiers.imei == IMEI


async def test_the_carriers_word_is_right_where_nothing_is_said(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    before = (await carrier.status(carrier_ref)).items[0].identifiers
    await carrier.activate(carrier_ref, "1", Identifiers())
    assert (await until_state(carrier, carrier_ref, ItemState.DONE)).items[0].identifiers == before


async def test_an_activation_told_twice_counts_once(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    await carrier.activate(carrier_ref, "1", Identifiers(imei=IMEI))
    await carrier.activate(carrier_ref, "1", Identifiers(imei=IMEI))
    done = await until_state(carrier, carrier_ref, ItemState.DONE)
    await carrier.activate(carrier_ref, "1", Identifiers(imei="359366080123456"))
    assert await carrier.status(carrier_ref) == done


async def test_an_order_completed_meanwhile_is_activated() -> None:
    """The carrier completes it between our look and our word."""
    states = ["inProgress", "completed"]

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            return httpx2.Response(409, json={"code": "orderClosed", "reason": "order C1 is completed"})
        return httpx2.Response(200, json={"id": "C1", "productOrderItem": [{"id": "1", "state": states.pop(0)}]})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    await adapter("http://carrier", http=http).activate("C1", "1", Identifiers(imei=IMEI))
    assert states == []


async def test_a_wrong_imei_is_refused_and_named(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    with pytest.raises(CarrierRefused, match="IMEI"):
        await carrier.activate(carrier_ref, "1", Identifiers(imei="490154203237519"))


async def test_what_was_cancelled_is_not_activated(carrier: Tmf622Carrier) -> None:
    receipt = await carrier.submit(work(steer="reject"))
    await until_state(carrier, receipt.carrier_ref, ItemState.REFUSED)
    with pytest.raises(CarrierRefused, match="rejected"):
        await carrier.activate(receipt.carrier_ref, "1", Identifiers(imei=IMEI))


@pytest.mark.parametrize(("carrier_ref", "item_id"), [(None, "7"), ("nobody", "1")])
async def test_what_the_carrier_does_not_have_is_not_activated(
    carrier: Tmf622Carrier, carrier_ref: str | None, item_id: str
) -> None:
    reference = carrier_ref or (await carrier.submit(work())).carrier_ref
    with pytest.raises(CarrierRefused):
        await carrier.activate(reference, item_id, Identifiers())


async def test_what_was_lacking_is_given_to_every_item_that_waits(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await lacking(carrier)
    await carrier.provide(carrier_ref, {"service_zip": "10001"})
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    order = await client.read({"id": carrier_ref})
    assert [told(order, key)["serviceZip"] for key in ("1", "2")] == ["10001", "10001"]


async def test_an_answer_in_words_is_a_note(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await lacking(carrier)
    await carrier.provide(carrier_ref, {"note": "The ZIP is 10001."})
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    order = await client.read({"id": carrier_ref})
    assert order["note"][-1] == {"author": "Dialtone", "text": "The ZIP is 10001."}


async def test_nobody_is_told_what_nobody_waits_for(carrier: Tmf622Carrier, client: Client) -> None:
    receipt = await carrier.submit(work(own_device()))
    await until_state(carrier, receipt.carrier_ref, ItemState.DONE)
    before = await client.read({"id": receipt.carrier_ref})
    await carrier.provide(receipt.carrier_ref, {"service_zip": "10001"})
    assert await client.read({"id": receipt.carrier_ref}) == before
