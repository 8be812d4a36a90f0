"""An order's cancellation is assessed, then granted or declined."""

from typing import Any

import pytest

from tests.demo.simulator.simulator_client import Client, Listener, phone, suspension


async def place_held(client: Client, words: str = "") -> dict[str, Any]:
    order = await client.place(phone(simulate=f"backorder=3600{words}"))
    return await client.until(order, "held")


async def test_a_cancellation_is_assessed_granted_and_carried_out(client: Client, listener: Listener) -> None:
    order = await place_held(client)
    answer = await client.cancel(order, cancellationReason="changed our mind")
    task = answer.json()
    assert (answer.status_code, task["state"]) == (201, "acknowledged")
    assert answer.headers["Location"] == task["href"]
    assert (task["cancellationReason"], task["productOrder"]["id"]) == ("changed our mind", order["id"])
    await listener.until_state("cancelled")
    assert listener.states[2:] == ["assessingCancellation", "pendingCancellation", "cancelled"]


async def test_a_cancelled_order_has_date_and_reason_and_no_expected_completion(client: Client) -> None:
    order = await place_held(client)
    await client.cancel(order, cancellationReason="changed our mind")
    now = await client.until(order, "cancelled")
    assert now["cancellationReason"] == "changed our mind"
    assert "cancellationDate" in now
    assert "expectedCompletionDate" not in now
    assert now["productOrderItem"][0]["state"] == "cancelled"


async def test_the_task_is_done_and_an_event_is_sent(client: Client, listener: Listener) -> None:
    order = await place_held(client)
    task = (await client.cancel(order)).json()
    await listener.until(lambda listener: any("Cancel" in event["eventType"] for event in listener.events))
    (event,) = [event for event in listener.events if event["eventType"] == "CancelProductOrderStateChangeEvent"]
    read = (await client.http.get(f"/cancelProductOrder/{task['id']}")).json()
    assert event["event"]["cancelProductOrder"] == read
    assert (read["state"], "effectiveCancellationDate" in read) == ("done", True)


async def test_after_shipping_a_cancellation_is_declined_and_the_order_continues(
    client: Client, listener: Listener
) -> None:
    order = await client.until_delivered(await client.place())
    await client.cancel(order)
    now = await client.until(order, lambda now: "note" in now)
    assert now["state"] == "inProgress"
    assert now["note"][0]["text"] == "CANCELLATION_DECLINED: item 1 is past the point of no return"
    await client.activate(order)
    await listener.until_state("completed")
    assert listener.states == ["inProgress", "assessingCancellation", "inProgress", "completed"]


async def test_a_declined_task_is_done_without_an_effect(client: Client) -> None:
    order = await place_held(client, ", declineCancel")
    await client.cancel(order)
    await client.until(order, lambda now: len(now["note"]) > 1)
    (task,) = (await client.http.get("/cancelProductOrder")).json()
    assert task["state"] == "done"
    assert "effectiveCancellationDate" not in task


@pytest.mark.parametrize(
    ("words", "state"), [("backorder=3600, declineCancel", "held"), ("needsInfo, declineCancel", "pending")]
)
async def test_after_a_declined_cancellation_the_order_returns_to_its_earlier_state(
    client: Client, listener: Listener, words: str, state: str
) -> None:
    order = await client.until(await client.place(phone(simulate=words)), state)
    await client.cancel(order)
    await listener.until(lambda listener: listener.states.count(state) == 2)
    before = listener.states.index(state)
    assert listener.states[before : before + 3] == [state, "assessingCancellation", state]


async def test_missing_information_is_still_required_after_a_declined_cancellation(client: Client) -> None:
    order = await client.place(phone(simulate="needsInfo, declineCancel"))
    await client.until(order, "pending")
    await client.cancel(order)
    await client.until(order, lambda now: now["state"] == "pending" and len(now["note"]) > 1)
    await client.amend(order, note=[{"text": "10001"}])
    await client.until_delivered(order)


async def test_an_order_that_has_ended_cannot_be_cancelled(client: Client) -> None:
    order = await client.until(await client.place(suspension()), "completed")
    answer = await client.cancel(order)
    assert answer.status_code == 409
    assert answer.json()["code"] == "illegalTransition"
    assert (await client.read(order))["state"] == "completed"


async def test_a_second_cancellation_is_rejected(client: Client) -> None:
    order = await place_held(client)
    await client.cancel(order)
    assert (await client.cancel(order)).status_code == 409


async def test_an_order_that_does_not_exist_cannot_be_cancelled(client: Client) -> None:
    assert (await client.cancel({"id": "missing"})).status_code == 400


async def test_a_task_that_does_not_exist_is_not_found(client: Client) -> None:
    assert (await client.http.get("/cancelProductOrder/missing")).status_code == 404
