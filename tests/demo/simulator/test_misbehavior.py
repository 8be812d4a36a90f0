"""Each way a carrier can fail, as its client and its listeners see it."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.demo.simulator.simulator_client import Client, Listener, characteristics_of, phone, suspension


def notes(order: dict[str, Any]) -> list[str]:
    return [note["text"] for note in order["note"]]


async def test_a_rejected_order_has_a_reason(client: Client, listener: Listener) -> None:
    behavior = {"reject": "CREDIT_DECLINED", "rejectReason": "the account is over its limit"}
    order = await client.place(phone(simulate=behavior), suspension("2"))
    await listener.until_state("rejected")
    now = await client.read(order)
    assert notes(now) == ["CREDIT_DECLINED: the account is over its limit"]
    assert {entry["state"] for entry in now["productOrderItem"]} == {"rejected"}
    assert characteristics_of(now, "2")["failureCode"] == "CREDIT_DECLINED"
    assert "completionDate" not in now


async def test_an_area_code_that_does_not_exist_is_rejected(client: Client) -> None:
    now = await client.until(await client.place(phone(areaCode="999")), "rejected")
    assert characteristics_of(now)["failureCode"] == "INVALID_AREA_CODE"


async def test_a_backordered_order_is_held_then_continues(client: Client, listener: Listener) -> None:
    await client.until_delivered(await client.place(phone(simulate="backorder=0.05")))
    await listener.until(lambda listener: listener.states == ["inProgress", "held", "inProgress"])


async def test_an_expected_date_is_revised_with_a_note(client: Client, listener: Listener) -> None:
    await client.until_delivered(await client.place(phone(simulate="backorder=0.05")))
    await listener.until(lambda listener: listener.states == ["inProgress", "held", "inProgress"])
    orders = [event["event"]["productOrder"] for event in listener.events if "StateChange" in event["eventType"]]
    started, held, released = [order["expectedCompletionDate"] for order in orders]
    assert started < held <= released
    assert [len(order.get("note", [])) for order in orders] == [0, 1, 2]


@pytest.mark.parametrize("dated", ["true", "false"])
async def test_a_backordered_order_has_a_reason_and_if_known_a_date(client: Client, dated: str) -> None:
    order = await client.place(phone(simulate=f"backorder=3600, backorderDated={dated}"))
    held = await client.until(order, "held")
    assert held["productOrderItem"][0]["state"] == "held"
    assert notes(held) == ["BACKORDERED: out of stock"]
    assert ("expectedCompletionDate" in held) is (dated == "true")


def arrivals(event: dict[str, Any]) -> int:
    return len(characteristics_of(event["event"]["productOrder"]).get("deliveredAt", []))


async def test_several_parcels_arrive_one_after_the_other(client: Client, listener: Listener) -> None:
    order = await client.place(phone(simulate="parcels"))
    await listener.until(lambda listener: [*map(arrivals, listener.events)][-2:] == [1, 2])
    known = characteristics_of(await client.read(order))
    assert len(set(known["trackingNumber"])) == 2
    assert known["shippingCarrier"] == "UPS"
    await client.activate(order)
    await client.until(order, "completed")


async def test_a_failed_item_makes_the_order_partial(client: Client) -> None:
    order = await client.place(phone("1"), phone("2", simulate="partial=2"))
    await client.until_delivered(order)
    await client.activate(order)
    done = await client.until(order, "partial")
    assert [entry["state"] for entry in done["productOrderItem"]] == ["completed", "failed"]
    assert characteristics_of(done, "2")["failureCode"] == "PROVISIONING_FAILED"
    assert "completionDate" not in done


async def test_the_failure_of_the_only_item_fails_the_order(client: Client) -> None:
    await client.until(await client.place(phone(simulate="partial")), "failed")


async def test_the_carrier_waits_until_missing_information_is_supplied(client: Client, listener: Listener) -> None:
    order = await client.place(phone(simulate="needsInfo=serviceZip"))
    await client.until(order, "pending")
    await client.set(order, areaCode="305")
    await asyncio.sleep(0.05)
    assert (await client.read(order))["state"] == "pending"
    await client.set(order, serviceZip="10001")
    await client.until_delivered(order)
    requests = [event for event in listener.events if event["eventType"] == "ProductOrderInformationRequiredEvent"]
    assert [event["fieldPath"] for event in requests] == [
        "productOrderItem[0].product.productCharacteristic[name=serviceZip]"
    ]


async def test_a_note_supplies_missing_information_as_well(client: Client) -> None:
    order = await client.place(phone(simulate="needsInfo"))
    await client.until(order, "pending")
    await client.amend(order, note=[{"text": "the ZIP is 10001"}])
    await client.until_delivered(order)


async def test_a_slow_order_takes_longer_in_every_phase(client: Client) -> None:
    slow = await client.place(suspension(simulate="slow=0.5"))
    quick = await client.place(suspension())
    await client.until(quick, "completed")
    assert (await client.read(slow))["state"] == "acknowledged"
    await client.until(slow, "completed")


async def test_a_late_answer_hides_an_order_that_was_accepted(client: Client) -> None:
    body = {"externalId": "E1", "productOrderItem": [suspension(simulate="answerAfter=60")]}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.http.post("/productOrder", json=body)
    (order,) = (await client.http.get("/productOrder?externalId=E1")).json()
    await client.until(order, "completed")


async def test_a_late_order_comes_to_exist_after_its_client_has_hung_up(client: Client) -> None:
    body = {"externalId": "E2", "productOrderItem": [suspension(simulate="commitAfter=0.5")]}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.http.post("/productOrder", json=body)
    assert (await client.http.get("/productOrder?externalId=E2")).json() == []
    async with asyncio.timeout(5):
        while not (orders := (await client.http.get("/productOrder?externalId=E2")).json()):
            await asyncio.sleep(0.02)
    await client.until(orders[0], "completed")


async def test_a_late_answer_shows_the_order_as_it_was_accepted(client: Client) -> None:
    assert (await client.place(suspension(simulate="answerAfter=0.1")))["state"] == "acknowledged"


async def test_the_first_calls_for_an_order_can_fail(client: Client) -> None:
    behavior = {"throttled": 1, "unavailable": 2, "retryAfter": 7}
    body = {"externalId": "E1", "productOrderItem": [suspension(simulate=behavior)]}
    answers = [await client.http.post("/productOrder", json=body) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 503, 503, 201]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["7", "7", "7", None]
    assert len((await client.http.get("/productOrder")).json()) == 1


async def test_duplicate_events_are_sent_twice_with_the_same_id(client: Client, listener: Listener) -> None:
    await client.place(suspension(simulate="duplicateEvents"))
    await listener.until(lambda listener: listener.states.count("completed") == 2)
    assert set(Counter(event["eventId"] for event in listener.events).values()) == {2}


async def test_unordered_events_show_delivery_before_shipping(client: Client, listener: Listener) -> None:
    await client.place(phone(simulate="unorderedEvents"))
    await listener.until(lambda listener: len(listener.events) == 4)
    known = [set(characteristics_of(event["event"]["productOrder"])) for event in listener.events]
    assert ["MDN" in now for now in known] == [True, False, True, True]
    assert ["deliveredAt" in now for now in known] == [False, False, True, False]


async def test_an_unordered_order_without_shipment_is_completed_before_it_starts(
    client: Client, listener: Listener
) -> None:
    await client.place(suspension(simulate="unorderedEvents"))
    await listener.until(lambda listener: listener.states == ["completed", "inProgress"])


async def test_an_unordered_rejection_is_still_sent(client: Client, listener: Listener) -> None:
    await client.place(suspension(simulate="unorderedEvents, reject"))
    await listener.until_state("rejected")


async def test_lost_events_are_never_sent(client: Client, listener: Listener) -> None:
    await client.until(await client.place(suspension(simulate="lostEvents")), "completed")
    await client.place(suspension(), externalId="sent")
    await listener.until_state("completed")
    assert {event["correlationId"] for event in listener.events} == {"sent"}
