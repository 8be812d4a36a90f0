"""One Dialtone as the benchmark meets it: its API for those who act, its database for the one who looks."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import asyncpg
import httpx2
from sqlalchemy import URL
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from api.auth.tokens import issue
from bench.watcher import ROLE, BenchStatus, Watcher
from demo.company import load
from models.db.catalog.tables import PolicyRow
from models.db.migrations import migrate
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, utc_now
from models.lifecycle import Status

TENANT = "acme"
_LET_LOOK = (
    "CREATE EXTENSION pg_stat_statements",
    f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    f"GRANT pg_read_all_data, pg_read_all_stats TO {ROLE}",
)
PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}
SUSPENSION = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}}
REASSIGNMENT = {"type": "LINE_REASSIGN", "answers": {"use_policy": True}}
_LINES = """
SELECT l.id, l.person_id FROM line l JOIN order_item i ON i.tenant = l.tenant AND i.line_id = l.id
WHERE l.tenant = 'acme' AND l.status = 'active' ORDER BY l.id
"""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An order that was placed, and by whom."""

    id: str
    number: str
    requester_id: str


class Instance:
    """A Dialtone of the sample company, whose people order one phone after the other."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        database: Database,
        watcher: Watcher,
        *,
        tokens: Mapping[str, str],
        requesters: Sequence[str],
    ) -> None:
        """`tokens` are everybody's, by person; `requesters` order in turn."""
        self.database = database
        self.watcher = watcher
        self._client = client
        self._tokens = tokens
        self._turns = cycle(requesters)
        self._lines: list[tuple[str, str]] = []
        self._looking_for_lines = asyncio.Lock()

    async def place(self) -> Placed:
        """Have the next employee ask for a phone."""
        return await self._place(next(self._turns), PHONE)

    async def carry(self) -> str:
        """Carry one order from the request to a line in use; returns its id."""
        order = await self.place()
        await self.finish(order, await self.watcher.reached(order.id, Status.AWAITING_APPROVAL))
        return order.id

    async def suspend(self) -> str:
        """Carry a suspension of a line that an earlier order has brought, to its end; returns the order's id."""
        line, holder = await self._line()
        return await self._decided(await self._place(holder, SUSPENSION | {"items": [{"line": line}]}))

    async def reassign(self) -> str:
        """Have such a line change hands; returns the order's id."""
        line, holder = await self._line()
        taker = next(person for person in self._turns if person != holder)
        body = REASSIGNMENT | {"beneficiary_id": taker, "items": [{"line": line}]}
        return await self._decided(await self._place(holder, body))

    async def approve(self, asked: BenchStatus) -> None:
        """Decide as the one who is asked; returns when the order has taken the decision."""
        path = f"/api/v1/approvals/{asked.approval_id}/decision"
        await self._post(asked.approver_id or "", path, {"decision": "approve"})

    async def finish(self, order: Placed, asked: BenchStatus) -> None:
        """Carry an order that waits for its approval to its end."""
        await self.approve(asked)
        await self.activated(order)

    async def activated(self, order: Placed) -> None:
        """Wait for the phone, say that it is here, and wait till the line is in use."""
        await self.watcher.reached(order.id, Status.AWAITING_ACTIVATION)
        await self._post(order.requester_id, f"/api/v1/orders/{order.number}/activate", {})
        await self.watcher.reached(order.id, Status.COMPLETED)

    async def _place(self, requester_id: str, body: Any) -> Placed:
        answer = await self._post(requester_id, "/api/v1/orders", body)
        return Placed(id=answer["id"], number=answer["number"], requester_id=requester_id)

    async def _line(self) -> tuple[str, str]:
        """A line that no order has been about since it came, and who holds it."""
        async with self._looking_for_lines:
            if not self._lines:
                self._lines = [(row["id"], row["person_id"]) for row in await self.watcher.fetch(_LINES)]
            return self._lines.pop()

    async def _decided(self, order: Placed) -> str:
        """Approve stage after stage, till the order has ended."""
        decided: set[str | None] = set()
        while True:
            standing = await self.watcher.reached(order.id, Status.AWAITING_APPROVAL, Status.COMPLETED)
            if standing.status is Status.COMPLETED:
                return order.id
            if standing.approval_id not in decided:
                decided.add(standing.approval_id)
                await self.approve(standing)

    async def _post(self, person_id: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[person_id]}"}
        answer = await self._client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()


@asynccontextmanager
async def furnished(url: str, api_url: str) -> AsyncIterator[Instance]:
    """A database of the sample company, generous with lines, and the people to use it by that API."""
    await migrate(url)
    database = Database(url)
    await load(database)
    async with database.transaction() as session:
        tokens, requesters = await _furnish(session)
    async with httpx2.AsyncClient(base_url=api_url, trust_env=False, timeout=60) as client:
        watcher = Watcher(await _looking(database))
        try:
            yield Instance(client, database, watcher, tokens=tokens, requesters=requesters)
        finally:
            await watcher.close()
            await database.close()


async def _furnish(session: Session) -> tuple[dict[str, str], list[str]]:
    """Let everybody have any number of lines; returns everybody's token, and who orders."""
    (policy,) = (await session.exec(select(PolicyRow).where(col(PolicyRow.tenant) == TENANT))).all()
    document = {**policy.document, "max_lines_per_employee": 100_000}
    session.add(PolicyRow(tenant=TENANT, version=2, document=document, created_at=utc_now(), created_by="bench"))
    requesters = await _requesters(session)
    everybody = await session.exec(select(PersonRow.id).where(col(PersonRow.tenant) == TENANT))
    tokens = {one: await issue(session, TENANT, one, at=utc_now()) for one in everybody.all()}
    return tokens, [one.id for one in requesters]


async def _requesters(session: Session) -> list[PersonRow]:
    """Employees without a role whose manager is an employee as well, so that one approval is enough."""
    manager = aliased(PersonRow)
    found = await session.exec(
        select(PersonRow)
        .join(manager, (col(manager.tenant) == col(PersonRow.tenant)) & (col(manager.id) == col(PersonRow.manager_id)))
        .where(
            col(PersonRow.tenant) == TENANT,
            *(
                col(one.active).is_(True) & (col(one.roles) == []) & (col(one.groups) == [])
                for one in (PersonRow, manager)
            ),
        )
        .order_by(col(PersonRow.id))
    )
    return list(found.all())


async def _looking(database: Database) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection of the role that looks; what counts statements comes with PostgreSQL and is switched on here."""
    owner = await asyncpg.connect(_dsn(database.url))
    try:
        for statement in _LET_LOOK:
            await owner.execute(statement)
    finally:
        await owner.close()
    return await asyncpg.connect(_dsn(database.url.set(username=ROLE)))


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
