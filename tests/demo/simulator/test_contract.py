"""Answers and events of the carrier match the official definition of TMF622 v4.0.0; the `traffic` fixture checks."""

from typing import Any

import pytest

from tests.demo.simulator.simulator_client import Client, Listener, Listeners, item, phone, suspension
from tests.tmf622.definition import operations
from tests.tmf622.traffic import ENDED, Traffic


async def finish(client: Client, order: dict[str, Any]) -> dict[str, Any]:
    """Supply what the carrier waits for until the order is final."""
    now = await client.until(order, lambda now: "deliveredAt" in str(now) or now["state"] in ENDED | {"pending"})
    if now["state"] == "pending":
        await client.amend(order, note=[{"text": "10001"}])
        await client.until_delivered(order)
    for key in ("1", "2"):
        await client.activate(order, key)
    return await client.until(order, lambda now: now["state"] in ENDED)


@pytest.mark.parametrize("words", ["", "reject", "backorder=0.05", "partial", "needsInfo"])
async def test_orders_and_their_events_match_the_definition(client: Client, listener: Listener, words: str) -> None:
    order = await client.place(phone("1", simulate=words), phone("2", simType="eSIM"))
    ended = await finish(client, order)
    await listener.until_state(ended["state"])


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (suspension(), "completed"),
        (item("modify", lineStatus="active", MDN="+12125551234"), "completed"),
        (item("delete", MDN="+12125551234"), "completed"),
        (item("delete", MDN="+12125551234") | {"product": {"id": "PRD-unknown"}}, "rejected"),
    ],
    ids=["suspension", "resumption", "termination", "unknown"],
)
async def test_changes_of_a_line_match_the_definition(
    client: Client, listener: Listener, change: dict[str, Any], state: str
) -> None:
    await client.place(change)
    await listener.until_state(state)


async def test_every_operation_of_the_definition_is_answered(
    client: Client, listener: Listener, listeners: Listeners, traffic: Traffic
) -> None:
    order = await client.until(await client.place(phone(simulate="backorder=3600")), "held")
    await client.amend(order, description="for the lab")
    task = (await client.cancel(order, cancellationReason="changed our mind")).json()
    await listener.until_state("cancelled")
    for path in ("/productOrder", f"/productOrder/{order['id']}"):
        await client.http.get(path, params={"fields": "state"})
    for path in ("/cancelProductOrder", f"/cancelProductOrder/{task['id']}"):
        await client.http.get(path, params={"fields": "state"})
    await client.http.delete(f"/productOrder/{order['id']}")
    subscription = {"callback": listeners.new().url, "query": "eventType=ProductOrderStateChangeEvent"}
    added = (await client.http.post("/hub", json=subscription)).json()
    await client.http.delete(f"/hub/{added['id']}")
    assert {name for name, status in traffic.responses if status < 300} == set(operations())


async def test_every_error_matches_the_definition(client: Client, traffic: Traffic) -> None:
    order = await client.until(await client.place(suspension()), "completed")
    await client.http.post("/productOrder", json={})
    await client.http.get("/productOrder", params={"color": "red"})
    await client.http.get("/productOrder/missing")
    await client.http.get("/productOrder", headers={"Authorization": "Bearer wrong"})
    await client.http.put("/productOrder")
    await client.cancel(order)
    await client.amend(order)
    assert {status for _, status in traffic.responses if status >= 400} == {400, 401, 404, 405, 409}


async def test_every_kind_of_event_matches_the_definition(client: Client, listener: Listener, traffic: Traffic) -> None:
    order = await client.place(phone(simulate="needsInfo=serviceZip"))
    await client.until(order, "pending")
    await client.set(order, serviceZip="10001")
    await client.until_delivered(order)
    await client.cancel(order)
    await listener.until(lambda listener: any("Cancel" in event["eventType"] for event in listener.events))
    assert traffic.events == {
        "ProductOrderStateChangeEvent",
        "ProductOrderAttributeValueChangeEvent",
        "ProductOrderInformationRequiredEvent",
        "CancelProductOrderStateChangeEvent",
    }
