"""A Dialtone of the sample company, used through its API."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx2

from api.auth.tokens import issue_token
from bench.watcher import GRANTS, BenchStatus, Watcher, open_watcher
from demo.company import load
from models.db.migrations.migrate import migrate
from models.db.session import Database, utc_now
from models.lifecycle import Status
from models.order import OrderRef

TENANT = "acme"
PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}
_UNLIMITED_LINES = """
UPDATE policy SET document = document || '{"max_lines_per_employee": 100000}' WHERE tenant = 'acme'
"""
_PEOPLE = "SELECT id FROM person WHERE tenant = 'acme'"
# Employees whose manager is an employee as well: their orders need one approval.
_REQUESTERS = """
SELECT person.id FROM person JOIN person manager ON manager.tenant = person.tenant AND manager.id = person.manager_id
WHERE person.tenant = 'acme' AND person.active AND person.roles = '{}' AND person.groups = '{}'
AND manager.active AND manager.roles = '{}' AND manager.groups = '{}' ORDER BY person.id
"""
_STOPS = (Status.AWAITING_APPROVAL, Status.AWAITING_ACTIVATION, Status.COMPLETED)


@dataclass(frozen=True, kw_only=True)
class PlacedOrder:
    id: str
    number: str
    requester_id: str


@dataclass(kw_only=True)
class Instance:
    """`tokens` are by person; `requesters` place orders in turn.

    `order_phone` and `complete` return the id of the order's workflow.
    """

    client: httpx2.AsyncClient
    database: Database
    watcher: Watcher
    tokens: Mapping[str, str]
    requesters: Iterator[str]

    async def place_order(self) -> PlacedOrder:
        requester_id = next(self.requesters)
        answer = await self._post(requester_id, "/api/v1/orders", PHONE)
        return PlacedOrder(id=answer["id"], number=answer["number"], requester_id=requester_id)

    async def awaiting_approval(self, orders: Sequence[PlacedOrder]) -> None:
        """Wait until all orders are awaiting approval and the emails about it are sent."""
        for order in orders:
            await self.watcher.wait_for(order.id, Status.AWAITING_APPROVAL)
        await self.watcher.emails_sent()

    async def order_phone(self) -> str:
        return await self.complete(await self.place_order())

    async def complete(self, order: PlacedOrder) -> str:
        """Approve and activate the order whenever it waits for that, until it is completed."""
        handled: set[str] = set()
        while (found := await self.watcher.wait_for(order.id, *_STOPS)).status is not Status.COMPLETED:
            task = found.approval_id or found.status
            if task in handled:
                continue
            handled.add(task)
            if found.approval_id:
                await self.approve(found)
            elif found.status is Status.AWAITING_ACTIVATION:
                await self._post(order.requester_id, f"/api/v1/orders/{order.number}/activate", {})
        return OrderRef(tenant=TENANT, id=order.id).workflow_id

    async def approve(self, found: BenchStatus) -> None:
        """Returns when the workflow has accepted the decision."""
        path = f"/api/v1/approvals/{found.approval_id}/decision"
        await self._post(found.approver_id or "", path, {"decision": "approve"})

    async def _post(self, person_id: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[person_id]}"}
        answer = await self.client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()


@asynccontextmanager
async def open_instance(url: str, api_url: str) -> AsyncIterator[Instance]:
    """Fill an empty database with the sample company, with a token for everyone."""
    await migrate(url)
    database = Database(url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await load(database)
        async with database.transaction() as session:
            connection = await session.connection()
            for statement in (*GRANTS, _UNLIMITED_LINES):
                await connection.exec_driver_sql(statement)
            people = (await connection.exec_driver_sql(_PEOPLE)).scalars().all()
            requesters = (await connection.exec_driver_sql(_REQUESTERS)).scalars().all()
            tokens = {person: await issue_token(session, TENANT, person, at=utc_now()) for person in people}
        watcher = await stack.enter_async_context(open_watcher(database.url))
        client = httpx2.AsyncClient(base_url=api_url, trust_env=False, timeout=60)
        await stack.enter_async_context(client)
        yield Instance(client=client, database=database, watcher=watcher, tokens=tokens, requesters=cycle(requesters))
