"""Plays the mandatory part of TMF622 to a carrier, as the conformance profile (TMF622B) lists it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import httpx2

from demo.simulator.app import create_app
from demo.simulator.personality import Personality
from tests.demo.simulator import simulator_client
from tests.demo.simulator.simulator_client import Client, listening, logged_in, phone, running, settings, suspension
from tests.tmf622.definition import Json
from tests.tmf622.traffic import TRAFFIC

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
ORDER: Mapping[str, Any] = MappingProxyType(
    {
        "externalId": "E-77",
        "category": "phones",
        "description": "for the lab",
        "priority": "1",
        "notificationContact": "lab@example.com",
        "requestedStartDate": "2027-01-04T08:00:00Z",
        "requestedCompletionDate": "2027-01-08T08:00:00Z",
        "billingAccount": {"id": "FA-7"},
        "note": [{"author": "us", "text": "Ring twice."}],
        "relatedParty": [{"id": "42", "role": "Customer", "@referredType": "Organization"}],
        "channel": [{"id": "portal"}],
    }
)
# Each finds the order above, and no other.
FILTERS = (
    "externalId=E-77",
    "category=phones",
    "category=tablets,phones",
    "category=tablets&category=phones",
    "description=for the lab",
    "priority=1",
    "priority.lt=2",
    "notificationContact=lab@example.com",
    "requestedStartDate=2027-01-04T08:00:00Z",
    "requestedCompletionDate.gt=2027-01-07T00:00:00Z",
    "billingAccount.id=FA-7",
    "note.author=us",
    "relatedParty.id=42",
    "channel.id=portal",
    "productOrderItem.id=lab",
    "state=completed&externalId=E-77",
)
BAD_ORDERS: Mapping[str, Any] = MappingProxyType(
    {
        "order without items": {},
        "order with an empty list of items": {"productOrderItem": []},
        "order item without an id": {"productOrderItem": [{"action": "add"}]},
        "order item without an action": {"productOrderItem": [{"id": "1"}]},
        "order item with an unknown action": {"productOrderItem": [{"id": "1", "action": "explode"}]},
        "order with an id": {"productOrderItem": [suspension()], "id": "mine"},
        "order with an href": {"productOrderItem": [suspension()], "href": "http://here"},
        "order with a state": {"productOrderItem": [suspension()], "state": "completed"},
        "order with an order date": {"productOrderItem": [suspension()], "orderDate": "2027-01-04T08:00:00Z"},
    }
)
NOT_PATCHABLE = ("id", "href", "orderDate", "completionDate", "expectedCompletionDate", "cancellationDate")


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a carrier has answered by the name of the request, and the events that it has sent, by type."""

    answers: Mapping[str, httpx2.Response]
    events: Mapping[str, Json]


async def play(personality: Personality) -> Played:
    """All requests of the profile; their documents have to match the definition as well."""
    TRAFFIC.clear()
    async with _connected(personality) as client, listening() as listeners:
        listener, other = listeners.new(), listeners.new()
        answers = {"listener": await client.http.post("/hub", json={"callback": listener.url})}
        answers |= await _orders(client)
        answers |= await _cancellations(client)
        answers |= await _listeners(client, listener.url, other.url)
        await listener.until(lambda listener: any("Cancel" in event["eventType"] for event in listener.events))
    assert TRAFFIC.violations == []
    return Played(answers=answers, events={event["eventType"]: event for event in listener.events})


@asynccontextmanager
async def _connected(personality: Personality) -> AsyncIterator[Client]:
    async with running(create_app(settings(personality=personality))) as url, logged_in(url) as client:
        await client.add_products(simulator_client.LINE)
        yield client


async def _orders(client: Client) -> dict[str, httpx2.Response]:
    http = client.http
    await client.until(await client.place(suspension(), externalId="E-1"), "completed")
    placed = await http.post("/productOrder", json={"productOrderItem": [suspension("lab")], **ORDER})
    path = f"/productOrder/{placed.json()['id']}"
    await client.until(placed.json(), "completed")
    await client.until_delivered(await client.place(phone(), externalId="E-3"))
    open_order = await client.until(await client.place(phone(simulate="needsInfo"), externalId="E-2"), "pending")
    open_path = f"/productOrder/{open_order['id']}"
    return {
        "order": placed,
        "orders": await http.get("/productOrder"),
        "no orders": await http.get("/productOrder", params={"externalId": "nobody"}),
        "order by id": await http.get(path),
        "order head": await http.head(path),
        "orders head": await http.head("/productOrder"),
        "fields of orders": await http.get("/productOrder", params={"fields": "state"}),
        "fields of an order": await http.get(path, params={"fields": "state,priority"}),
        "page of orders": await http.get("/productOrder", params={"offset": 1, "limit": 1}),
        "sorted orders": await http.get("/productOrder", params={"sort": "-orderDate"}),
        **{f"orders with {query}": await http.get(f"/productOrder?{query}") for query in FILTERS},
        "patched order": await http.patch(open_path, json={"description": "new", "category": "x"}, headers=MERGE_PATCH),
        "order without an attribute": await http.patch(open_path, json={"category": None}, headers=MERGE_PATCH),
        **{
            f"patch of {name}": await http.patch(open_path, json={name: "x"}, headers=MERGE_PATCH)
            for name in NOT_PATCHABLE
        },
        "patch of an ended order": await http.patch(path, json={"description": "x"}, headers=MERGE_PATCH),
        **{name: await http.post("/productOrder", json=body) for name, body in BAD_ORDERS.items()},
        "missing order": await http.get("/productOrder/missing"),
        "patch of a missing order": await http.patch("/productOrder/missing", json={}, headers=MERGE_PATCH),
        "unknown filter": await http.get("/productOrder", params={"color": "red"}),
        "unknown sort": await http.get("/productOrder", params={"sort": "color"}),
        "text": await http.post("/productOrder", content="order", headers={"Content-Type": "text/plain"}),
        "xml accepted only": await http.get("/productOrder", headers={"Accept": "application/xml"}),
        "put": await http.put("/productOrder", json={}),
        "no token": await http.get("/productOrder", headers={"Authorization": "Bearer wrong"}),
        "deleted order": await http.delete(path),
        "missing deleted order": await http.get(path),
    }


async def _cancellations(client: Client) -> dict[str, httpx2.Response]:
    http = client.http
    order = await client.until(await client.place(phone(simulate="backorder=3600")), "held")
    task = await client.cancel(order, cancellationReason="changed our mind")
    await client.until(order, "cancelled")
    path = f"/cancelProductOrder/{task.json()['id']}"
    return {
        "cancellation": task,
        "cancellations": await http.get("/cancelProductOrder"),
        "cancellation by id": await http.get(path),
        "cancellation head": await http.head(path),
        "fields of a cancellation": await http.get(path, params={"fields": "state"}),
        "cancellations of an order": await http.get("/cancelProductOrder", params={"productOrder.id": order["id"]}),
        "cancellation of no order": await http.post("/cancelProductOrder", json={}),
        "cancellation of a missing order": await client.cancel({"id": "missing"}),
        "cancellation of an ended order": await client.cancel(order),
        "missing cancellation": await http.get("/cancelProductOrder/missing"),
    }


async def _listeners(client: Client, known: str, other: str) -> dict[str, httpx2.Response]:
    http = client.http
    added = await http.post("/hub", json={"callback": other})
    path = f"/hub/{added.json()['id']}"
    return {
        "same listener": await http.post("/hub", json={"callback": known}),
        "listener without a callback": await http.post("/hub", json={}),
        "removed listener": await http.delete(path),
        "listener removed before": await http.delete(path),
    }
