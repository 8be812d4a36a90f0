"""The life of an order as its client sees it."""

import asyncio

import pytest
from stdnum import imei

from demo.simulator import create_app
from tests.demo.simulator.simulator_client import Client, Listener, calling, item, phone, plan, settings, told


async def test_an_order_is_acknowledged_at_once(client: Client) -> None:
    answer = await client.http.post("/productOrder", json={"externalId": "E1", "productOrderItem": [phone()]})
    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == order["href"]
    assert (order["state"], order["productOrderItem"][0]["state"]) == ("acknowledged", "acknowledged")
    assert order["orderDate"].endswith("Z")


async def test_a_phone_gets_number_sim_and_imei_then_comes_by_parcel(client: Client) -> None:
    order = await client.until_delivered(await client.place(phone(deviceTac="49015420")))
    known = told(order)
    assert known["MDN"].startswith("+1212")
    assert known["ICCID"].startswith("8901")
    assert known["IMEI"].startswith("49015420")
    assert imei.is_valid(known["IMEI"])
    assert known["trackingNumber"].startswith("1Z")
    assert known["shippingCarrier"] == "UPS"
    assert order["state"] == "inProgress"


async def test_an_order_without_an_area_code_gets_a_number_of_the_carriers_area(client: Client) -> None:
    order = await client.until_delivered(await client.place(item("add", deviceSku="PHONE", simType="eSIM")))
    assert told(order)["MDN"].startswith("+1646")


async def test_a_delivered_line_waits_until_its_activation_is_asked_for(client: Client) -> None:
    order = await client.until_delivered(await client.place())
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "inProgress"
    used = {"IMEI": told(order)["IMEI"], "ICCID": told(order)["ICCID"]}
    assert (await client.activate(order, **used)).status_code == 200
    done = await client.until(order, "completed")
    assert (told(done)["lineStatus"], "activatedAt" in told(done)) == ("active", True)
    assert "completionDate" in done
    assert "expectedCompletionDate" not in done


async def test_an_activation_asked_for_early_is_remembered(client: Client) -> None:
    order = await client.place()
    await client.activate(order)
    await client.until(order, "completed")


async def test_every_line_is_activated_at_its_own_pace(client: Client) -> None:
    order = await client.until_delivered(await client.place(phone("1"), phone("2")), "2")
    await client.activate(order, "2")
    now = await client.until(order, lambda now: now["productOrderItem"][1]["state"] == "completed")
    assert (now["state"], now["productOrderItem"][0]["state"]) == ("inProgress", "inProgress")
    await client.activate(order, "1")
    await client.until(order, "completed")


async def test_a_carrier_may_activate_by_itself() -> None:
    async with calling(create_app(settings(activates_by_itself=True))) as client:
        await client.until(await client.place(), "completed")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (item("modify", planSku="P", MDN="+12125551234"), None),
        (item("modify", lineStatus="suspended", suspendReason="lost"), "suspended"),
        (item("delete", MDN="+12125551234"), "deactivated"),
        (item("add", simType="eSIM", IMEI="490154203237518"), "active"),
    ],
    ids=["plan", "suspension", "disconnection", "own device"],
)
async def test_what_ships_nothing_is_completed_without_a_parcel(
    client: Client, change: dict[str, str], status: str | None
) -> None:
    done = await client.until(await client.place(change), "completed")
    assert told(done).get("lineStatus") == status
    assert "trackingNumber" not in told(done)


async def test_a_disconnection_ships_nothing_whatever_it_names(client: Client) -> None:
    ended = item("delete", deviceSku="PHONE", simType="eSIM")
    done = await client.until(await client.place(ended), "completed")
    assert set(told(done)) == {"deviceSku", "simType", "lineStatus"}


async def test_accessories_are_complete_when_they_have_come(client: Client) -> None:
    done = await client.until(await client.place(item("add", accessorySkus=["CASE"])), "completed")
    assert "deliveredAt" in told(done)


async def test_the_activation_code_is_shown_by_reading_the_order_alone(client: Client, heard: Listener) -> None:
    order = await client.place(phone(simType="eSIM"))
    read = await client.until_delivered(order)
    assert told(read)["activationCode"].startswith("LPA:1$")
    patched = (await client.activate(order)).text
    await heard.until_state("completed")
    listed = (await client.http.get("/productOrder")).text
    page = (await client.http.get("http://127.0.0.1/simulator/orders")).text
    everything_else = patched + listed + page + "".join(str(event) for event in heard.events)
    assert "LPA:" not in everything_else
    assert "activationCode" not in everything_else


async def test_the_events_tell_the_whole_life(client: Client, heard: Listener) -> None:
    order = await client.until_delivered(await client.place(externalId="E1"))
    await client.activate(order)
    await heard.until_state("completed")
    assert heard.states == ["inProgress", "completed"]
    assert {event["correlationId"] for event in heard.events} == {"E1"}
    paths = {event.get("fieldPath") for event in heard.events if "Attribute" in event["eventType"]}
    assert paths == {"productOrderItem[0].product.productCharacteristic"}
    last = heard.events[-1]["event"]["productOrder"]
    assert last == await client.read(order)


async def test_goods_are_told_of_in_the_order_they_move(client: Client, heard: Listener) -> None:
    await client.until_delivered(await client.place())
    await heard.until(lambda heard: len(heard.events) >= 4)
    known = [set(told(event["event"]["productOrder"])) for event in heard.events]
    assert ["MDN" in now for now in known] == [False, True, True, True]
    assert ["trackingNumber" in now for now in known] == [False, False, True, True]
    assert ["deliveredAt" in now for now in known] == [False, False, False, True]


async def test_an_order_placed_twice_is_two_orders(client: Client) -> None:
    first = await client.place(plan(), externalId="E1")
    second = await client.place(plan(), externalId="E1")
    assert first["id"] != second["id"]


async def test_a_carrier_may_know_an_external_id_again() -> None:
    async with calling(create_app(settings(idempotent_external_id=True))) as client:
        first = await client.place(plan(), externalId="E1")
        again = await client.place(plan(), externalId="E1")
        other = await client.place(plan())
        assert first["id"] == again["id"] != other["id"]


async def test_what_the_client_sent_is_kept_as_it_came(client: Client) -> None:
    party = {"id": "42", "role": "Customer", "@referredType": "Organization"}
    place = {"role": "shipTo", "city": "Springfield", "@type": "GeographicAddress"}
    sent = item("add", accessorySkus=["CASE"])
    sent["product"]["place"] = [place]
    order = await client.place(sent, priority="1", relatedParty=[party])
    assert (order["priority"], order["relatedParty"][0]) == ("1", party)
    assert order["productOrderItem"][0]["product"]["place"] == [place]


async def test_a_removed_order_is_gone(client: Client) -> None:
    order = await client.place()
    assert (await client.http.delete(f"/productOrder/{order['id']}")).status_code == 204
    assert (await client.http.get(f"/productOrder/{order['id']}")).status_code == 404


async def test_an_event_of_one_item_names_it_and_one_of_the_order_names_none(client: Client, heard: Listener) -> None:
    order = await client.until_delivered(await client.place(phone("a"), phone("b")), "b")
    await client.activate(order, "b")
    await client.until(order, lambda now: now["productOrderItem"][1]["state"] == "completed")
    await client.activate(order, "a")
    await heard.until_state("completed")
    named = [(event["event"].get("orderItemId"), event["event"]["productOrder"]["state"]) for event in heard.events]
    states = [told for event, told in zip(heard.events, named, strict=True) if "StateChange" in event["eventType"]]
    assert states == [(None, "inProgress"), ("b", "inProgress"), (None, "completed")]
    others = [told for event, told in zip(heard.events, named, strict=True) if "Attribute" in event["eventType"]]
    assert {item for item, _ in others} == {"a", "b"}
