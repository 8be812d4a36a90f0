"""What a client can change about an order."""

from typing import Any

import pytest

from tests.demo.simulator.simulator_client import Client, Listener, characteristics_of, item, phone, suspension


async def place_and_deliver(client: Client) -> dict[str, Any]:
    return await client.until_delivered(await client.place(phone(), priority="2"))


async def test_members_are_replaced_and_null_removes_them(client: Client) -> None:
    order = await place_and_deliver(client)
    now = (await client.amend(order, description="for the lab", priority=None)).json()
    assert now["description"] == "for the lab"
    assert "priority" not in now


async def test_characteristics_are_merged_by_name_and_an_event_is_sent(client: Client, listener: Listener) -> None:
    order = await place_and_deliver(client)
    before = len(listener.events)
    now = (await client.amend(order, productOrderItem=[item("add", IMEI="490154203237518")])).json()
    assert characteristics_of(now) == {**characteristics_of(order), "IMEI": "490154203237518"}
    await listener.until(lambda listener: len(listener.events) > before)
    assert listener.events[-1]["eventType"] == "ProductOrderAttributeValueChangeEvent"


async def test_notes_are_added(client: Client) -> None:
    order = await client.until(await client.place(phone(simulate="needsInfo=x")), "pending")
    now = (await client.amend(order, note=[{"text": "hello"}])).json()
    assert [note["text"] for note in now["note"]] == ["INFORMATION_REQUIRED: please supply x", "hello"]


@pytest.mark.parametrize("member", ["id", "href", "orderDate", "completionDate", "expectedCompletionDate"])
async def test_attributes_that_only_the_carrier_sets_are_rejected(client: Client, member: str) -> None:
    order = await place_and_deliver(client)
    assert (await client.amend(order, **{member: "x"})).status_code == 400


async def test_the_client_cannot_change_the_state(client: Client) -> None:
    order = await place_and_deliver(client)
    answer = await client.amend(order, state="completed")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegalTransition")
    assert (await client.amend(order, state="inProgress")).status_code == 200


async def test_an_item_that_does_not_exist_is_rejected(client: Client) -> None:
    order = await place_and_deliver(client)
    assert (await client.activate(order, "7")).status_code == 400


@pytest.mark.parametrize("number", ["490154203237519", "49-015420-323751-8", 490154203237518, ""])
async def test_an_invalid_imei_is_rejected_and_nothing_is_changed(client: Client, number: object) -> None:
    order = await place_and_deliver(client)
    assert (await client.activate(order, IMEI=number)).status_code == 400
    assert await client.read(order) == order


async def test_an_order_that_has_ended_cannot_be_changed(client: Client) -> None:
    order = await client.until(await client.place(suspension()), "completed")
    answer = await client.activate(order)
    assert (answer.status_code, answer.json()["code"]) == (409, "orderClosed")


async def test_the_client_cannot_remove_the_carrier_from_the_parties(client: Client) -> None:
    order = await place_and_deliver(client)
    (carrier,) = order["relatedParty"]
    us = {"id": "42", "@referredType": "Organization"}
    assert (await client.amend(order, relatedParty=[us, carrier])).json()["relatedParty"] == [us, carrier]
    assert (await client.amend(order, relatedParty=None)).json()["relatedParty"] == [carrier]


@pytest.mark.parametrize(
    "member",
    [
        {"relatedParty": [{"id": "42"}]},
        {"billingAccount": {"name": "ours"}},
        {"priority": 1},
        {"requestedCompletionDate": "2026-11-16"},
        {"note": [{"author": "us"}]},
    ],
)
async def test_members_that_do_not_follow_the_standard_are_rejected(client: Client, member: Any) -> None:
    order = await place_and_deliver(client)
    assert (await client.amend(order, **member)).status_code == 400
    body = {"productOrderItem": [suspension()], **member}
    assert (await client.http.post("/productOrder", json=body)).status_code == 400
