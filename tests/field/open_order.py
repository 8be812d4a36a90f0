"""The application beside running workflows: carriers' signed events, and what people then see."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import httpx2
import pytest
from standardwebhooks import Webhook

from api.app import create_app
from carriers.registry import build
from carriers.tmf622.mapping import STATES
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import Order
from models.task_action import TASK_ACTION
from outbox.dispatcher import OutboxDispatcher
from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.carrier_webhooks.test_carrier_webhooks import KEY, NORTHWIND
from tests.api.conftest import services
from tests.workflows.test_lifecycle import NEW_LINE
from tests.workflows.workflow_env import RPC_TIMEOUT, WorkflowEnv

DELIVERED = "2026-11-02T09:00:00Z"
# What a carrier calls a canceled item.
CANCELED = next(name for name, state in STATES.items() if state is ItemState.CANCELED)


@dataclass(frozen=True)
class Field:
    """One company with its workflows, and the application in front of them."""

    env: WorkflowEnv
    office: ApiTenant

    @classmethod
    async def of(cls, env: WorkflowEnv) -> Self:
        dispatcher = OutboxDispatcher(env.database, env.client, task_queue=env.task_queue, timeout=RPC_TIMEOUT)
        parts = await services(env.database, dispatcher, carriers=build([NORTHWIND]))  # type: ignore[arg-type] # a real one
        return cls(env, ApiTenant(create_app(parts), env.database, dispatcher))  # type: ignore[arg-type] # a real one

    async def order(self, *, until: Status = Status.IN_FULFILLMENT, **differs: Any) -> Order:
        return await self.env.start_new(NEW_LINE, until=until, **differs)

    async def event(self, order: Order, state: str = "inProgress", **more: Any) -> httpx2.Response:
        """Send a signed event about the order's first item; characteristics by the carrier's names.

        `at` is the event's time, `kind` its type, `item` the item's index, and `change` changes the body.
        """
        at, kind = more.pop("at", None), more.pop("kind", "ProductOrderStateChangeEvent")
        item_id, change = order.items[more.pop("item", 0)].id, more.pop("change", None)
        known = [{"name": name, "value": value} for name, value in more.items()]
        item = {"id": item_id, "action": "add", "state": state, "product": {"productCharacteristic": known}}
        reported = {"id": f"NW-{order.id}:1", "externalId": f"{order.id}:1", "state": "inProgress"}
        body = {
            "eventId": new_id(),
            "eventType": kind,
            "event": {"productOrder": {**reported, "productOrderItem": [item]}},
        }
        if isinstance(at, datetime):
            body["eventTime"] = at.isoformat()
        if change is not None:
            change(body)
        return await self.send(json.dumps(body).encode())

    async def send(self, body: bytes) -> httpx2.Response:
        """Send a signed body."""
        event_id, now = new_id(), utc_now()
        signature = Webhook(KEY).sign(event_id, now, body.decode())
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        async with self.office.anonymous() as client:
            return await client.post(f"/carriers/{factories.CARRIER}/events", content=body, headers=headers)

    async def settle(
        self, order: Order, choice: str, text: str, person: str = "Person AD", *, task_id: str | None = None
    ) -> httpx2.Response:
        """Make a choice on this task, or on the order's only open one."""
        if task_id is None:
            (task_id,) = [row.id for row in await self.env.rows(TaskRow, order) if row.state == "open"]
        async with await self.office.client(person, factories.TENANT) as client:
            return await client.post(f"/api/v1/tasks/{task_id}/settle", json={"choice": choice, "text": text})

    async def tasks(self, order: Order) -> list[TaskRow]:
        return sorted(await self.env.rows(TaskRow, order), key=lambda task: task.seq)

    async def act(self, order: Order, choice: str) -> TaskRow:
        """Make the choice on the first open task, and wait until Dialtone has done it or can't; returns that task."""
        task_id = next(task.id for task in await self.tasks(order) if task.state == "open")
        answer = await self.settle(order, choice, "Jordan needs it.", task_id=task_id)
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting"), answer.text
        assert (await self.settle(order, choice, "Twice.", task_id=task_id)).status_code == 409
        rows = await self.env.rows(OutboxRow, order)
        (start,) = [row for row in rows if row.name == TASK_ACTION and not row.done_at]
        await self.env.deliver(start.id)

        async def found() -> TaskRow:
            return next(task for task in await self.tasks(order) if task.id == task_id)

        return await self.env.until(order, found, lambda task: task.acting_since is None)

    async def failed(self, order: Order) -> TaskRow:
        """The open task about the order's failed step."""
        await self.env.wait_for_status(order, Status.FAILED)
        (task,) = [row for row in await self.env.rows(TaskRow, order) if row.kind == "failed_step"]
        return task

    async def item(self, order: Order) -> ItemRow:
        return next(row for row in await self.env.rows(ItemRow, order) if row.number == 1)

    async def late(self, order: Order) -> list[dict[str, Any]]:
        """What was recorded as late."""
        return [row.data for row in await self.env.rows(EventRow, order) if row.event == "late_report"]

    async def inventory(self, order: Order) -> dict[str, str | None]:
        """What the order's line, device and SIM have in the end."""
        item = await self.item(order)
        async with self.env.database.transaction() as session:
            line = await session.get_one(LineRow, (order.tenant, item.line_id))
            device = await session.get_one(DeviceRow, (order.tenant, line.device_id))
            sim = await session.get_one(SimRow, (order.tenant, line.sim_id)) if line.sim_id else None
        return {"mdn": line.mdn, "imei": device.imei, "imei2": device.imei2, "iccid": sim.iccid if sim else None}

    async def seen(self, order: Order, person: str = "Person AD") -> dict[str, Any]:
        """The order as the API returns it."""
        return await self.get(f"/api/v1/orders/{order.id}", person)

    async def found(self, text: str, person: str = "Person AD") -> list[str]:
        """The numbers of the orders that a search finds."""
        results = await self.get(f"/api/v1/search?q={text}", person)
        return [one["number"] for one in results["orders"]]

    async def get(self, path: str, person: str) -> dict[str, Any]:
        async with await self.office.client(person, factories.TENANT) as client:
            answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture
async def field(env: WorkflowEnv) -> Field:
    return await Field.of(env)
