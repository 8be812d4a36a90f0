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


async def test_a_changed_characteristic_sends_an_event(client: Client, listener: Listener) -> None:
    order = await place_and_deliver(client)
    before = len(listener.events)
    now = (await client.set(order, IMEI="490154203237518")).json()
    assert characteristics_of(now) == {**characteristics_of(order), "IMEI": "490154203237518"}
    await listener.until(lambda listener: len(listener.events) > before)
    assert listener.events[-1]["eventType"] == "ProductOrderAttributeValueChangeEvent"


async def test_a_list_is_replaced_as_a_whole(client: Client) -> None:
    order = await client.until(await client.place(phone("1", simulate="needsInfo=x"), phone("2")), "pending")
    noted = (await client.amend(order, note=[{"text": "hello"}])).json()
    assert noted["note"] == [{"text": "hello"}]
    order = await client.place(phone("1"), phone("2"))
    await client.until_delivered(order)
    now = (await client.amend(order, productOrderItem=[item("add", "2", color="red")])).json()
    assert [(one["id"], one["state"]) for one in now["productOrderItem"]] == [("2", "inProgress")]
    assert characteristics_of(now, "2") == {"color": "red"}
    ended = await client.until((await client.activate(order, "2")).json(), "completed")
    assert [one["id"] for one in ended["productOrderItem"]] == ["2"]


async def test_what_only_a_read_shows_is_in_no_list_after_it_was_sent_back(client: Client) -> None:
    order = await client.until_delivered(await client.place(phone(simType="eSIM")))
    code = characteristics_of(order)["activationCode"]
    assert "activationCode" not in characteristics_of((await client.set(order, color="red")).json())
    assert characteristics_of(await client.read(order))["activationCode"] == code


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"id": "1"}, 400),
        ({"id": "1", "action": "modify"}, 400),
        ({"id": "7", "action": "add"}, 400),
        ({"id": "1", "action": "add", "state": "completed"}, 409),
        ({"id": "1", "action": "add", "state": "inProgress"}, 200),
    ],
)
async def test_an_item_keeps_its_id_its_action_and_its_state(
    client: Client, entry: dict[str, Any], status: int
) -> None:
    order = await place_and_deliver(client)
    assert (await client.amend(order, productOrderItem=[entry])).status_code == status


@pytest.mark.parametrize("items", [None, [], [item(), item()]])
async def test_an_order_has_items_each_once(client: Client, items: Any) -> None:
    order = await place_and_deliver(client)
    assert (await client.amend(order, productOrderItem=items)).status_code == 400


@pytest.mark.parametrize("member", ["id", "href", "orderDate", "completionDate", "expectedCompletionDate"])
async def test_attributes_that_only_the_carrier_sets_are_rejected(client: Client, member: str) -> None:
    order = await place_and_deliver(client)
    assert (await client.amend(order, **{member: "x"})).status_code == 400


async def test_the_client_cannot_change_the_state(client: Client) -> None:
    order = await place_and_deliver(client)
    answer = await client.amend(order, state="completed")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegalTransition")
    assert (await client.amend(order, state="inProgress")).status_code == 200


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


@pytest.mark.parametrize("changed", [False, True])
async def test_with_if_match_only_an_order_that_has_not_changed_is_amended(client: Client, *, changed: bool) -> None:
    order = await place_and_deliver(client)
    path = f"/productOrder/{order['id']}"
    read = await client.http.get(path)
    if changed:
        await client.amend(order, description="for the lab")
    headers = {"If-Match": read.headers["ETag"], "Content-Type": "application/merge-patch+json"}
    answer = await client.http.patch(path, content='{"description": "for the shop"}', headers=headers)
    after = await client.http.get(path)
    assert (answer.status_code, after.json()["description"]) == (
        (412, "for the lab") if changed else (200, "for the shop")
    )
    assert (answer.headers.get("ETag") == after.headers["ETag"]) is not changed


async def test_an_etag_stays_as_long_as_the_order_does(client: Client) -> None:
    order = await place_and_deliver(client)
    etags = {(await client.http.get(f"/productOrder/{order['id']}")).headers["ETag"] for _ in range(2)}
    assert len(etags) == 1
