"""What the carrier answers and tells is what the official definition of TMF622 v4.0.0 allows."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft4Validator, FormatChecker, ValidationError

from tests.demo.simulator.kit import Client, Listener, phone, plan

ROOT = Path(__file__).parents[3]
DEFINITION = ROOT.parent / "shared/tmf/TMF622-ProductOrder-v4.0.0.swagger.json"

pytestmark = pytest.mark.skipif(
    not DEFINITION.exists(), reason="the official definition of TMF622 is not beside the project"
)

ENDED = frozenset({"completed", "partial", "failed", "rejected", "cancelled"})
formats = FormatChecker(formats=())


def is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


formats.checks("date-time", raises=ValueError)(is_date_time)


def check(name: str, document: Any) -> None:
    definitions = json.loads(DEFINITION.read_text())["definitions"]
    schema = {"$ref": f"#/definitions/{name}", "definitions": definitions}
    Draft4Validator(schema, format_checker=formats).validate(document)


def check_mandatory(order: dict[str, Any]) -> None:
    """The attributes the conformance profile asks of every order, on top of the schema's."""
    check("ProductOrder", order)
    assert {"id", "href", "orderDate", "state", "productOrderItem", "relatedParty"} <= order.keys()
    assert ("completionDate" in order) is (order["state"] == "completed")


async def bring_to_its_end(client: Client, order: dict[str, Any]) -> dict[str, Any]:
    """Do whatever the carrier waits for, until the order is final."""
    now = await client.until(order, lambda now: "deliveredAt" in str(now) or now["state"] in ENDED | {"pending"})
    if now["state"] == "pending":
        await client.amend(order, note=[{"text": "10001"}])
        await client.until_delivered(order)
    for key in ("1", "2"):
        await client.activate(order, key)
    return await client.until(order, lambda now: now["state"] in ENDED)


@pytest.mark.parametrize("words", ["", "reject", "backorder=0.05", "partial", "needsInfo"])
async def test_orders_and_their_events_are_as_defined(client: Client, heard: Listener, words: str) -> None:
    order = await client.place(phone("1", simulate=words), phone("2", simType="eSIM"))
    check_mandatory(order)
    ended = await bring_to_its_end(client, order)
    check_mandatory(ended)
    await heard.until_state(ended["state"])
    for event in heard.events:
        check(event["eventType"], event)
        check_mandatory(event["event"]["productOrder"])


async def test_a_cancellation_and_its_events_are_as_defined(client: Client, heard: Listener) -> None:
    order = await client.place(phone(simulate="needsInfo"))
    await client.until(order, "pending")
    task = (await client.cancel(order, cancellationReason="changed our mind")).json()
    check("CancelProductOrder", task)
    await heard.until_state("cancelled")
    for event in heard.events:
        check(event["eventType"], event)
    check("CancelProductOrder", (await client.http.get(f"/cancelProductOrder/{task['id']}")).json())


async def test_a_subscription_is_as_defined(client: Client) -> None:
    body = {"callback": "http://127.0.0.1:1/nobody", "query": "eventType=ProductOrderStateChangeEvent"}
    check("EventSubscriptionInput", body)
    check("EventSubscription", (await client.http.post("/hub", json=body)).json())


async def test_errors_are_as_defined(client: Client) -> None:
    order = await client.until(await client.place(plan()), "completed")
    refusals: list[httpx2.Response] = [
        await client.http.post("/productOrder", json={}),
        await client.http.get("/productOrder/nobody"),
        await client.http.get("/productOrder", headers={"Authorization": "Bearer wrong"}),
        await client.http.put("/productOrder"),
        await client.cancel(order),
    ]
    assert [answer.status_code for answer in refusals] == [400, 404, 401, 405, 409]
    for answer in refusals:
        check("Error", answer.json())


def test_the_checks_themselves_can_fail() -> None:
    with pytest.raises(ValidationError):
        check("ProductOrder", {"productOrderItem": [{"id": "1", "action": "explode"}]})
    with pytest.raises(ValidationError):
        check("ProductOrder", {"productOrderItem": [{"id": "1", "action": "add"}], "orderDate": "yesterday"})
