"""Helpers of the API tests: the application over a real database, and clients for its people."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlmodel import col, select, update

from api.auth import sessions, tokens
from api.auth.client_info import ClientInfo
from api.auth.sessions import SessionLimits
from models.db import order_events
from models.db.approvals.tables import ApprovalRow
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Database, utc_now
from models.db.sign_in.tables import PortalSessionRow, TokenRow
from models.db.tasks.tables import TaskRow
from models.event import Event
from models.events.approval import APPROVAL_NEEDED
from models.events.operations import FAILED, STEP_SKIPPED
from models.lifecycle import Status
from models.order import SYSTEM, OrderEvent, OrderRef
from outbox.dispatcher import DeliveryResult, store_rejection
from tests.fixtures.statements import recorded_statements

Json = Mapping[str, Any]
FORM = {"Origin": "http://dialtone.test", "Sec-Fetch-Site": "same-origin"}
CLIENT_INFO = ClientInfo(address="192.0.2.7", device="Firefox 144 on Linux")
PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}

# Nobody accepts the policy for someone else.
PHONE_FOR_OTHER = PHONE | {"answers": {"device": "IPHONE-17-256", "recurring_charges": True}}


@dataclass
class RecordingDispatcher:
    """Delivers nothing, records the action IDs, and returns `answer`; a rejection is stored in the `database`."""

    answer: DeliveryResult = field(
        default_factory=lambda: DeliveryResult(state="done", status="AWAITING_APPROVAL", seq=9)
    )
    delivered: list[str] = field(default_factory=list)
    database: Database | None = None

    async def deliver(self, action_id: str, written: OutboxRow | None = None) -> DeliveryResult:
        assert written is None or written.id == action_id
        self.delivered.append(action_id)
        if self.database is not None and self.answer.state == "rejected":
            async with self.database.transaction() as session:
                row = (await session.exec(select(OutboxRow).where(col(OutboxRow.id) == action_id))).one()
                await store_rejection(session, row, self.answer, tell_sender=False)
        return self.answer


class ApiTenant:
    """The application with its database, and clients for people of the sample company by name."""

    def __init__(self, app: FastAPI, database: Database, dispatcher: RecordingDispatcher) -> None:
        self.app, self.database, self.dispatcher = app, database, dispatcher
        dispatcher.database = database

    def anonymous(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url="http://dialtone.test", headers=headers
        )

    async def row(self, name: str, tenant: str = "acme") -> PersonRow:
        """The person whose name starts with `name`."""
        async with self.database.transaction() as session:
            found = await session.exec(
                select(PersonRow).where(col(PersonRow.tenant) == tenant, col(PersonRow.name).startswith(name))
            )
            return found.one()

    async def token(self, name: str, tenant: str = "acme") -> str:
        """An API token that was used before, because the first use writes a row."""
        person, at = await self.row(name, tenant), utc_now()
        async with self.database.transaction() as session:
            token = await tokens.issue_token(session, person.tenant, person.id, at=at)
            await session.exec(update(TokenRow).values(last_used_at=at))
            return token

    async def client(self, name: str, tenant: str = "acme") -> httpx2.AsyncClient:
        return self.anonymous(Authorization=f"Bearer {await self.token(name, tenant)}")

    async def session(self, name: str, tenant: str = "acme") -> str:
        """The session cookie of a person who has just signed in."""
        person = await self.row(name, tenant)
        async with self.database.transaction() as session:
            return await sessions.start_session(session, person, CLIENT_INFO, SessionLimits(), at=utc_now())

    async def browser(self, name: str, tenant: str = "acme", *, stepped_up: bool = True) -> httpx2.AsyncClient:
        """A signed-in browser; without `stepped_up` its second factor is too old for sensitive actions."""
        secret = await self.session(name, tenant)
        if not stepped_up:
            async with self.database.transaction() as session:
                await session.exec(update(PortalSessionRow).values(stepped_up_at=utc_now() - timedelta(hours=1)))
        return self.anonymous(Cookie=f"dialtone_session={secret}", **FORM)

    async def order(self, name: str = "Jordan", **changes: Any) -> dict[str, Any]:
        """Submit an order and return the API response; by default it is for the one who submits it."""
        body = (PHONE_FOR_OTHER if "beneficiary_id" in changes else PHONE) | changes
        async with await self.client(name) as client:
            answer = await client.post("/api/v1/orders", json=body)
        assert answer.status_code == 201, answer.text
        placed: dict[str, Any] = answer.json()
        return placed

    async def write_event(self, order: Json, event: Event, status: Status, **data: Any) -> None:
        """Write the order's next event, as its workflow would."""
        ref = OrderRef(tenant=data.pop("tenant", "acme"), id=order["id"])
        items, due_at = data.pop("items", ()), data.pop("due_at", None)
        async with self.database.transaction() as session:
            known = await order_values.load(session, ref)
            seq = (await session.get_one(OrderRow, (ref.tenant, ref.id))).seq + 1
            new_event = OrderEvent(
                seq=seq,
                at=utc_now(),
                event=event.code,
                status=status,
                actor=SYSTEM,
                items=items,
                due_at=due_at,
                data=tuple(data.items()),
            )
            await order_events.apply_event(session, known, new_event)

    async def open_task(self, order: Json, event: Event = STEP_SKIPPED, **data: Any) -> str:
        """Open a task about a failed step with the order's next event; returns its id."""
        failure = {"step": "PLACE", "tries": 14, "error": "CARRIER_UNAVAILABLE: no answer", **data}
        status = Status.FAILED if event is FAILED else Status.VALIDATING
        await self.write_event(order, event, status, **failure)
        async with self.database.transaction() as session:
            opened = select(TaskRow.id).where(col(TaskRow.order_id) == order["id"], col(TaskRow.state) == "open")
            return (await session.exec(opened)).one()

    async def request_approval(self, order: Json, *names: str, label: str = "Manager") -> list[str]:
        """Request approval from these people; returns the IDs of their approvals."""
        rows = [await self.row(name) for name in names]
        await self.write_event(
            order,
            APPROVAL_NEEDED,
            Status.AWAITING_APPROVAL,
            round=1,
            stage=1,
            label=label,
            why="A test needs approval.",
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
        """The outbox row of an action."""
        async with self.database.transaction() as session:
            return await session.get_one(OutboxRow, action_id)

    def statements(self) -> AbstractAsyncContextManager[list[str]]:
        """Collects the SQL statements sent while the block runs."""
        return recorded_statements(self.database)


def code(answer: httpx2.Response) -> tuple[int, str]:
    """The status and the problem code of an error response."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
