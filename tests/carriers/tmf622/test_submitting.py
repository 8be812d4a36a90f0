"""An order is placed once, with all its data, and errors are told apart."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from carriers.base import CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from models.errors import CarrierDeclined, CarrierUnavailable
from models.order import Identifiers
from tests.carriers.carrier_client import ADDRESS, carrier_order, connected_adapter, phone
from tests.demo.simulator.simulator_client import Client, characteristics_of


async def orders_of(client: Client, client_ref: str) -> list[dict[str, Any]]:
    response = await client.http.get("/productOrder", params={"externalId": client_ref})
    return list(response.json())


async def test_an_order_is_placed_with_all_its_data(carrier: Tmf622Carrier, client: Client) -> None:
    order = carrier_order(phone(features=["ROAM-1"]), phone("2"), instructions="Leave it at the desk.")
    carrier_ref = await carrier.submit(order)
    placed = await client.read({"id": carrier_ref})
    assert placed["externalId"] == order.client_ref
    assert placed["description"] == "Order 10042"
    assert placed["billingAccount"] == {"id": "2873"}
    customer = {"id": "5820", "name": "Tiny, Inc.", "role": "Customer", "@referredType": "Organization"}
    assert placed["relatedParty"][0] == customer
    assert placed["note"][0] == {"author": "Dialtone", "text": "Leave it at the desk."}
    assert [(item["id"], item["action"]) for item in placed["productOrderItem"]] == [("1", "add"), ("2", "add")]
    characteristics = {"deviceSku": "PHONE", "deviceTac": "35209900", "planSku": "UNLIMITED", "simType": "pSIM"}
    assert (
        characteristics_of(placed).items() >= (characteristics | {"areaCode": "212", "featureSkus": ["ROAM-1"]}).items()
    )


@pytest.mark.fault("10")
@pytest.mark.parametrize(("offering", "sent"), [("PO-1", {"id": "PO-1"}), (None, None)])
async def test_a_new_line_names_the_carriers_own_offering_if_it_is_known(
    carrier: Tmf622Carrier, client: Client, offering: str | None, sent: dict[str, str] | None
) -> None:
    carrier_ref = await carrier.submit(carrier_order(replace(phone(), offering=offering)))
    (placed,) = (await client.read({"id": carrier_ref}))["productOrderItem"]
    assert (placed.get("productOffering"), placed["product"].get("id")) == (sent, None)


@pytest.mark.fault("10")
@pytest.mark.parametrize("product_id", ["PRD-1", None])
async def test_a_change_of_a_line_names_the_carriers_own_product_if_it_is_known(
    carrier: Tmf622Carrier, client: Client, product_id: str | None
) -> None:
    subject = Identifiers(mdn="+12125551234", carrier_product_id=product_id)
    change = CarrierOrderItem(item_id="1", action="suspend", subject=subject, changes={}, offering="PO-1")
    (placed,) = (await client.read({"id": await carrier.submit(carrier_order(change))}))["productOrderItem"]
    assert (placed["product"].get("id"), placed.get("productOffering")) == (product_id, None)


async def test_a_line_is_charged_to_its_own_billing_account(carrier: Tmf622Carrier, client: Client) -> None:
    order = carrier_order(replace(phone(), billing_account="9400"), billing_account=None)
    placed = await client.read({"id": await carrier.submit(order)})
    assert placed["productOrderItem"][0]["billingAccount"] == {"id": "9400"}
    assert "billingAccount" not in placed


async def test_an_order_that_no_account_pays_for_is_not_sent(carrier: Tmf622Carrier, client: Client) -> None:
    order = carrier_order(replace(phone(), billing_account="9400"), phone("2"), billing_account=None)
    with pytest.raises(CarrierDeclined) as caught:
        await carrier.submit(order)
    assert caught.value.facts == {"code": "CARRIER_ACCOUNT_MISSING"}
    assert await orders_of(client, order.client_ref) == []


async def test_the_shipping_address_is_sent(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await carrier.submit(carrier_order())
    placed = await client.read({"id": carrier_ref})
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
async def test_urgency_is_sent_as_priority(
    carrier: Tmf622Carrier, client: Client, urgency: str, *, expedite: bool, priority: str
) -> None:
    carrier_ref = await carrier.submit(carrier_order(urgency=urgency, expedite=expedite))
    assert (await client.read({"id": carrier_ref}))["priority"] == priority


async def shorten_post(request: httpx2.Request) -> None:
    if request.method == "POST":
        request.extensions["timeout"]["read"] = 0.5


async def test_an_order_placed_before_a_time_out_is_found(carrier: Tmf622Carrier, client: Client) -> None:
    order = carrier_order(simulate="answerAfter=1")
    request_hooks = carrier._client._http.event_hooks["request"]
    request_hooks.append(shorten_post)
    with pytest.raises(CarrierUnavailable, match="ReadTimeout") as caught:
        await carrier.submit(order)
    assert not caught.value.nothing_done
    request_hooks.remove(shorten_post)
    (placed,) = await orders_of(client, order.client_ref)
    assert await carrier.find(order.client_ref) == (placed["id"],)


async def test_our_reference_is_the_idempotency_key_of_a_carrier_that_has_one() -> None:
    sent: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(201, json={"id": "C1"})

    order = carrier_order()
    for header in ("Idempotency-Key", None):
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
        async with connected_adapter("http://carrier", idempotency_header=header, http=http) as carrier:
            assert carrier.recognizes_repeats is bool(header)
            await carrier.submit(order)
    assert [request.headers.get("Idempotency-Key") for request in sent] == [order.client_ref, None]


@pytest.mark.parametrize("behavior", ["throttled", "unavailable"])
async def test_a_throttled_order_is_placed_later(carrier: Tmf622Carrier, client: Client, behavior: str) -> None:
    order = carrier_order(simulate=f'{{"{behavior}": 1, "retryAfter": 7}}')
    with pytest.raises(CarrierUnavailable) as caught:
        await carrier.submit(order)
    assert caught.value.retry_after_seconds == 7
    assert caught.value.nothing_done
    await carrier.submit(order)
    assert len(await orders_of(client, order.client_ref)) == 1


@pytest.mark.fault("1")
@pytest.mark.parametrize(("status", "retry_after", "nothing_done"), [
    (429, None, True), (503, "7", True), (503, "Mon, 30 Nov 2026 10:00:00 GMT", True),
    (503, None, False), (503, "soon", False), (500, None, False), (502, "7", False), (504, "7", False),
])  # fmt: skip
async def test_an_error_may_come_after_the_order_has_arrived(
    status: int, retry_after: str | None, *, nothing_done: bool
) -> None:
    """A proxy answers 503, too, if its connection to the carrier breaks after the order was passed on."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    answer = httpx2.Response(status, headers=headers, text="upstream connect error or disconnect/reset before headers")
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: answer))
    async with connected_adapter("http://carrier", http=http) as carrier:
        with pytest.raises(CarrierUnavailable) as caught:
            await carrier.submit(carrier_order())
    assert caught.value.nothing_done is nothing_done


async def test_an_invalid_order_is_declined_with_the_carriers_reason(carrier: Tmf622Carrier) -> None:
    with pytest.raises(CarrierDeclined, match="simulate") as caught:
        await carrier.submit(carrier_order(simulate="sulk"))
    assert caught.value.facts == {"code": "invalidRequest"}


async def test_an_unsupported_action_is_declined_before_it_is_sent(carrier: Tmf622Carrier, client: Client) -> None:
    order = carrier_order(replace(phone(), action="juggle"))
    with pytest.raises(CarrierDeclined) as caught:
        await carrier.submit(order)
    assert caught.value.facts == {"code": "UNSUPPORTED_ACTION"}
    assert await orders_of(client, order.client_ref) == []


async def test_wrong_credentials_do_not_decline_the_order(simulator: str) -> None:
    async with connected_adapter(simulator, token="wrong") as carrier:
        with pytest.raises(CarrierUnavailable, match="401") as caught:
            await carrier.submit(carrier_order())
        assert caught.value.nothing_done


async def test_an_unreachable_carrier_is_unavailable() -> None:
    async with connected_adapter("http://127.0.0.1:1") as carrier:
        with pytest.raises(CarrierUnavailable, match="Northwind Mobile did not respond: ConnectError") as caught:
            await carrier.submit(carrier_order())
        assert caught.value.nothing_done
