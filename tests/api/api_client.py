"""What API tests share: an application over a real database, people who call it, a dispatcher that remembers."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import col, select, update

from api.auth import sessions, tokens
from api.auth.client_info import ClientInfo
from api.auth.sessions import Limits
from models.db import order_events
from models.db.approvals.tables import ApprovalRow
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Database, utc_now
from models.db.sign_in.tables import PortalSessionRow, TokenRow
from models.lifecycle import Event, Status
from models.order import SYSTEM, OrderEvent, OrderRef
from outbox.dispatcher import Delivery

Json = Mapping[str, Any]
FORM = {"Origin": "http://dialtone.test", "Sec-Fetch-Site": "same-origin"}
VISITOR = ClientInfo(address="192.0.2.7", device="Firefox 144 on Linux")
PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}


@dataclass
class RecordingDispatcher:
    """Delivers nothing, remembers what it was given, and answers as it is told."""

    answer: Delivery = field(default_factory=lambda: Delivery(state="done", status="AWAITING_APPROVAL", seq=9))
    delivered: list[str] = field(default_factory=list)

    async def deliver(self, action_id: str) -> Delivery:
        self.delivered.append(action_id)
        return self.answer


class Office:
    """The application with its database, and clients for the people of the sample company by name."""

    def __init__(self, app: FastAPI, database: Database, dispatcher: RecordingDispatcher) -> None:
        self.app, self.database, self.dispatcher = app, database, dispatcher

    def anonymous(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url="http://dialtone.test", headers=headers
        )

    async def row(self, name: str, tenant: str = "acme") -> PersonRow:
        """Somebody by the beginning of the name."""
        async with self.database.transaction() as session:
            found = await session.exec(
                select(PersonRow).where(col(PersonRow.tenant) == tenant, col(PersonRow.name).startswith(name))
            )
            return found.one()

    async def token(self, name: str, tenant: str = "acme") -> str:
        """A token that was used before: its first use is written down, which tests that count would count."""
        person, at = await self.row(name, tenant), utc_now()
        async with self.database.transaction() as session:
            token = await tokens.issue(session, person.tenant, person.id, at=at)
            await session.exec(update(TokenRow).values(last_used_at=at))
            return token

    async def client(self, name: str, tenant: str = "acme") -> httpx2.AsyncClient:
        return self.anonymous(Authorization=f"Bearer {await self.token(name, tenant)}")

    async def session(self, name: str, tenant: str = "acme") -> str:
        """The cookie of somebody who has just signed in."""
        person = await self.row(name, tenant)
        async with self.database.transaction() as session:
            return await sessions.begin(session, person, VISITOR, Limits(), at=utc_now())

    async def browser(self, name: str, tenant: str = "acme", *, fresh: bool = True) -> httpx2.AsyncClient:
        """A browser in which somebody is signed in; without `fresh`, their second factor was given long ago."""
        secret = await self.session(name, tenant)
        if not fresh:
            async with self.database.transaction() as session:
                await session.exec(update(PortalSessionRow).values(stepped_up_at=utc_now() - timedelta(hours=1)))
        return self.anonymous(Cookie=f"dialtone_session={secret}", **FORM)

    async def order(self, name: str = "Jordan", **changes: Any) -> dict[str, Any]:
        """An order placed by somebody, as the API answers it."""
        async with await self.client(name) as client:
            answer = await client.post("/api/v1/orders", json=PHONE | changes)
        assert answer.status_code == 201, answer.text
        placed: dict[str, Any] = answer.json()
        return placed

    async def happen(self, order: Json, event: Event, status: Status, **data: Any) -> None:
        """Write the next entry of an order's history, as its workflow would."""
        ref = OrderRef(tenant=data.pop("tenant", "acme"), id=order["id"])
        items, due_at = data.pop("items", ()), data.pop("due_at", None)
        async with self.database.transaction() as session:
            known = await order_values.load(session, ref)
            seq = (await session.get_one(OrderRow, (ref.tenant, ref.id))).seq + 1
            entry = OrderEvent(
                seq=seq,
                at=utc_now(),
                event=event,
                status=status,
                actor=SYSTEM,
                items=items,
                due_at=due_at,
                data=tuple(data.items()),
            )
            await order_events.record(session, known, entry)

    async def ask(self, order: Json, *names: str) -> list[str]:
        """Have people asked to decide an order; returns the ids of their approvals."""
        rows = [await self.row(name) for name in names]
        await self.happen(
            order,
            Event.APPROVAL_NEEDED,
            Status.AWAITING_APPROVAL,
            round=1,
            stage=1,
            label="Manager",
            why="A test asks.",
            approvers=[{"person_id": row.id, "name": row.name} for row in rows],
            reminders=[],
            escalation="2027-01-01T00:00:00+00:00",
            expiry="2027-01-02T00:00:00+00:00",
        )
        async with self.database.transaction() as session:
            found = await session.exec(select(ApprovalRow).where(col(ApprovalRow.order_id) == order["id"]))
            ids = {row.approver_id: row.id for row in found}
        return [ids[row.id] for row in rows]

    async def message(self, action_id: str) -> OutboxRow:
        """What was put into the outbox under this action id."""
        async with self.database.transaction() as session:
            return await session.get_one(OutboxRow, action_id)

    def statements(self) -> AbstractAsyncContextManager[list[str]]:
        """The SQL statements that are sent while the block runs."""
        return _Statements(self.database)


class _Statements:
    def __init__(self, database: Database) -> None:
        self._engine = database.engine.sync_engine
        self.seen: list[str] = []

    async def __aenter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self.seen

    async def __aexit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, *call: Any) -> None:
        self.seen.append(call[2])


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and problem code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
