"""The life of an order as its client sees it."""

import asyncio

import pytest
from stdnum import imei

from demo.simulator.app import create_app
from tests.demo.simulator.simulator_client import (
    Client,
    Listener,
    characteristics_of,
    connect,
    item,
    phone,
    settings,
    suspension,
)


async def test_an_order_is_acknowledged_immediately(client: Client) -> None:
    answer = await client.http.post("/productOrder", json={"externalId": "E1", "productOrderItem": [phone()]})
    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == order["href"]
    assert (order["state"], order["productOrderItem"][0]["state"]) == ("acknowledged", "acknowledged")
    assert order["orderDate"].endswith("Z")


async def test_a_phone_gets_number_sim_and_imei_and_is_shipped(client: Client) -> None:
    order = await client.until_delivered(await client.place(phone(deviceTac="49015420")))
    known = characteristics_of(order)
    assert known["MDN"].startswith("+1212")
    assert known["ICCID"].startswith("8901")
    assert known["IMEI"].startswith("49015420")
    assert imei.is_valid(known["IMEI"])
    assert known["trackingNumber"].startswith("1Z")
    assert known["shippingCarrier"] == "UPS"
    assert order["state"] == "inProgress"


async def test_without_an_area_code_the_number_has_that_of_the_carrier(client: Client) -> None:
    order = await client.until_delivered(await client.place(item("add", deviceSku="PHONE", simType="eSIM")))
    assert characteristics_of(order)["MDN"].startswith("+1646")


async def test_a_delivered_line_waits_until_activation_is_requested(client: Client) -> None:
    order = await client.until_delivered(await client.place())
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "inProgress"
    identifiers = {"IMEI": characteristics_of(order)["IMEI"], "ICCID": characteristics_of(order)["ICCID"]}
    assert (await client.activate(order, **identifiers)).status_code == 200
    done = await client.until(order, "completed")
    assert (characteristics_of(done)["lineStatus"], "activatedAt" in characteristics_of(done)) == ("active", True)
    assert "completionDate" in done
    assert "expectedCompletionDate" not in done


async def test_an_activation_can_be_requested_before_delivery(client: Client) -> None:
    order = await client.place()
    await client.activate(order)
    await client.until(order, "completed")


async def test_the_lines_of_an_order_are_activated_independently(client: Client) -> None:
    order = await client.until_delivered(await client.place(phone("1"), phone("2")), "2")
    await client.activate(order, "2")
    now = await client.until(order, lambda now: now["productOrderItem"][1]["state"] == "completed")
    assert (now["state"], now["productOrderItem"][0]["state"]) == ("inProgress", "inProgress")
    await client.activate(order, "1")
    await client.until(order, "completed")


async def test_a_carrier_can_activate_without_a_request() -> None:
    async with connect(create_app(settings(auto_activate=True))) as client:
        await client.until(await client.place(), "completed")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (item("modify", lineStatus="suspended", suspendReason="lost"), "suspended"),
        (item("modify", lineStatus="active", MDN="+12125551234"), "active"),
        (item("add", simType="eSIM", IMEI="490154203237518"), "active"),
    ],
    ids=["suspension", "resumption", "own device"],
)
async def test_an_item_that_ships_nothing_is_completed_without_a_shipment(
    client: Client, change: dict[str, str], status: str
) -> None:
    done = await client.until(await client.place(change), "completed")
    assert characteristics_of(done).get("lineStatus") == status
    assert "trackingNumber" not in characteristics_of(done)


async def test_the_activation_code_is_shown_only_when_the_order_is_read(client: Client, listener: Listener) -> None:
    order = await client.place(phone(simType="eSIM"))
    read = await client.until_delivered(order)
    assert characteristics_of(read)["activationCode"].startswith("LPA:1$")
    patched = (await client.activate(order)).text
    await listener.until_state("completed")
    listed = (await client.http.get("/productOrder")).text
    page = (await client.http.get("http://127.0.0.1/simulator/orders")).text
    everything_else = patched + listed + page + "".join(str(event) for event in listener.events)
    assert "LPA:" not in everything_else
    assert "activationCode" not in everything_else


async def test_the_events_show_the_whole_life_of_an_order(client: Client, listener: Listener) -> None:
    order = await client.until_delivered(await client.place(externalId="E1"))
    await client.activate(order)
    await listener.until_state("completed")
    assert listener.states == ["inProgress", "completed"]
    assert {event["correlationId"] for event in listener.events} == {"E1"}
    paths = {event.get("fieldPath") for event in listener.events if "Attribute" in event["eventType"]}
    assert paths == {"productOrderItem[0].product.productCharacteristic"}
    last = listener.events[-1]["event"]["productOrder"]
    assert last == await client.read(order)


async def test_events_of_a_shipment_arrive_in_order(client: Client, listener: Listener) -> None:
    await client.until_delivered(await client.place())
    await listener.until(lambda listener: len(listener.events) >= 4)
    known = [set(characteristics_of(event["event"]["productOrder"])) for event in listener.events]
    assert ["MDN" in now for now in known] == [False, True, True, True]
    assert ["trackingNumber" in now for now in known] == [False, False, True, True]
    assert ["deliveredAt" in now for now in known] == [False, False, False, True]


async def test_an_order_placed_twice_is_two_orders(client: Client) -> None:
    first = await client.place(suspension(), externalId="E1")
    second = await client.place(suspension(), externalId="E1")
    assert first["id"] != second["id"]


async def test_the_order_is_stored_as_sent(client: Client) -> None:
    party = {"id": "42", "role": "Customer", "@referredType": "Organization"}
    place = {"role": "shipTo", "city": "Springfield", "@type": "GeographicAddress"}
    sent = phone(accessorySkus=["CASE"])
    sent["product"]["place"] = [place]
    order = await client.place(sent, priority="1", relatedParty=[party])
    assert (order["priority"], order["relatedParty"][0]) == ("1", party)
    assert order["productOrderItem"][0]["product"]["place"] == [place]


async def test_a_deleted_order_is_gone(client: Client) -> None:
    order = await client.place()
    assert (await client.http.delete(f"/productOrder/{order['id']}")).status_code == 204
    assert (await client.http.get(f"/productOrder/{order['id']}")).status_code == 404


async def test_an_event_names_its_item_unless_it_is_about_the_order(client: Client, listener: Listener) -> None:
    order = await client.until_delivered(await client.place(phone("a"), phone("b")), "b")
    await client.activate(order, "b")
    await client.until(order, lambda now: now["productOrderItem"][1]["state"] == "completed")
    await client.activate(order, "a")
    await listener.until_state("completed")
    named = [(event["event"].get("orderItemId"), event["event"]["productOrder"]["state"]) for event in listener.events]
    states = [name for event, name in zip(listener.events, named, strict=True) if "StateChange" in event["eventType"]]
    assert states == [(None, "inProgress"), ("b", "inProgress"), (None, "completed")]
    others = [name for event, name in zip(listener.events, named, strict=True) if "Attribute" in event["eventType"]]
    assert {item for item, _ in others} == {"a", "b"}


async def test_an_order_that_is_rejected_at_first_is_accepted_under_its_next_reference(client: Client) -> None:
    first, again = [
        await client.place(phone(simulate="rejectFirst"), externalId=external_id) for external_id in ("E1:1", "E1:2")
    ]
    rejected = await client.until(first, "rejected")
    assert (
        rejected["orderRejection"]["code"] if "orderRejection" in rejected else "SERVICE_ZIP_INVALID" in str(rejected)
    )
    assert (await client.until_delivered(again))["state"] == "inProgress"
