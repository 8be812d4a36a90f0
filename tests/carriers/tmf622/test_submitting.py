"""An order is placed once, with what was asked for, and what went wrong is told apart."""

from typing import Any

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622 import client as http_client
from models.errors import CarrierRefused, CarrierUnavailable
from tests.carriers.carrier_client import ADDRESS, phone, reaching, work
from tests.demo.simulator.simulator_client import Client, told


async def orders_of(client: Client, client_ref: str) -> list[dict[str, Any]]:
    answer = await client.http.get("/productOrder", params={"externalId": client_ref})
    return list(answer.json())


async def test_an_order_arrives_with_all_that_was_asked_for(carrier: Tmf622Carrier, client: Client) -> None:
    order = work(phone(feature_skus=["ROAM-1"]), phone("2"), instructions="Leave it at the desk.")
    receipt = await carrier.submit(order)
    placed = await client.read({"id": receipt.carrier_ref})
    assert placed["externalId"] == order.client_ref
    assert placed["description"] == "Order 10042"
    assert placed["billingAccount"] == {"id": "FA-7"}
    assert placed["note"][0] == {"author": "Dialtone", "text": "Leave it at the desk."}
    assert [(item["id"], item["action"]) for item in placed["productOrderItem"]] == [("1", "add"), ("2", "add")]
    asked = {"deviceSku": "PHONE", "deviceTac": "35209900", "planSku": "UNLIMITED", "simType": "pSIM"}
    assert told(placed).items() >= (asked | {"areaCode": "212", "featureSkus": ["ROAM-1"]}).items()


async def test_goods_go_to_the_address_of_the_order(carrier: Tmf622Carrier, client: Client) -> None:
    receipt = await carrier.submit(work())
    placed = await client.read({"id": receipt.carrier_ref})
    assert placed["productOrderItem"][0]["product"]["place"] == [
        {
            "role": "shipTo",
            "@type": "GeographicAddress",
            "name": ADDRESS["name"],
            "streetName": "1 Main St",
            "geographicSubAddress": [{"name": "Suite 4"}],
            "city": "Springfield",
            "stateOrProvince": "IL",
            "postcode": "62701",
            "country": "US",
        }
    ]


@pytest.mark.parametrize(
    ("urgency", "expedite", "priority"),
    [
        ("emergency", False, "0"),
        ("emergency", True, "0"),
        ("normal", True, "1"),
        ("normal", False, "2"),
        ("bulk", False, "4"),
    ],
)
async def test_urgency_becomes_the_carriers_priority(
    carrier: Tmf622Carrier, client: Client, urgency: str, *, expedite: bool, priority: str
) -> None:
    receipt = await carrier.submit(work(urgency=urgency, expedite=expedite))
    assert (await client.read({"id": receipt.carrier_ref}))["priority"] == priority


async def test_the_same_reference_is_the_same_order(carrier: Tmf622Carrier, client: Client) -> None:
    order = work()
    first, again = await carrier.submit(order), await carrier.submit(order)
    assert (first.found, again.found) == (False, True)
    assert first.carrier_ref == again.carrier_ref
    assert len(await orders_of(client, order.client_ref)) == 1


async def test_an_order_accepted_without_an_answer_is_found_and_not_doubled(
    carrier: Tmf622Carrier, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = work(steer="answerAfter=1")
    monkeypatch.setattr(http_client, "TIMEOUT", httpx2.Timeout(0.3))
    with pytest.raises(CarrierUnavailable, match="ReadTimeout"):
        await carrier.submit(order)
    receipt = await carrier.submit(order)
    (placed,) = await orders_of(client, order.client_ref)
    assert (receipt.found, receipt.carrier_ref) == (True, placed["id"])


async def test_an_order_the_carrier_has_twice_is_always_the_same_one(
    carrier: Tmf622Carrier, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    order = work()
    first = await carrier.submit(order)
    await client.place(externalId=order.client_ref)
    assert (await carrier.submit(order)).carrier_ref == first.carrier_ref
    assert "more than once" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["throttled", "unavailable"])
async def test_a_carrier_that_turns_us_away_says_when_to_come_back(
    carrier: Tmf622Carrier, client: Client, word: str
) -> None:
    order = work(steer=f'{{"{word}": 1, "retryAfter": 7}}')
    with pytest.raises(CarrierUnavailable) as caught:
        await carrier.submit(order)
    assert caught.value.retry_after_seconds == 7
    assert not (await carrier.submit(order)).found
    assert len(await orders_of(client, order.client_ref)) == 1


async def test_what_the_carrier_cannot_understand_is_refused_with_its_reason(carrier: Tmf622Carrier) -> None:
    with pytest.raises(CarrierRefused, match="simulate") as caught:
        await carrier.submit(work(steer="sulk"))
    assert caught.value.facts == {"code": "invalidRequest"}


async def test_an_action_the_carrier_has_no_word_for_is_refused_before_anything_is_sent(
    carrier: Tmf622Carrier, client: Client
) -> None:
    item = phone()
    order = work(type(item)(item_id="1", action="juggle", wanted={}))
    with pytest.raises(CarrierRefused) as caught:
        await carrier.submit(order)
    assert caught.value.facts == {"code": "UNSUPPORTED_ACTION"}
    assert await orders_of(client, order.client_ref) == []


async def test_wrong_credentials_never_lose_an_order(simulator: str) -> None:
    async with reaching(simulator, token="wrong") as carrier:
        with pytest.raises(CarrierUnavailable, match="401"):
            await carrier.submit(work())


async def test_a_carrier_nobody_answers_for_is_unavailable() -> None:
    async with reaching("http://127.0.0.1:1") as carrier:
        with pytest.raises(CarrierUnavailable, match="Northwind did not answer: ConnectError"):
            await carrier.submit(work())
