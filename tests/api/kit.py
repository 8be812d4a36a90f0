"""What API tests share: an application over a real database, people who call it, a courier that remembers."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import col, select

from api.auth import tokens
from models.db.session import Database, utc_now
from models.db.tables import PersonRow
from outbox.courier import Delivery

PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}


@dataclass
class RecordingCourier:
    """Delivers nothing, remembers what it was given, and answers as it is told."""

    answer: Delivery = field(default_factory=lambda: Delivery(state="done", status="AWAITING_APPROVAL", seq=9))
    delivered: list[str] = field(default_factory=list)

    async def deliver(self, action_id: str) -> Delivery:
        self.delivered.append(action_id)
        return self.answer


class Office:
    """The application with its database, and clients for the people of the sample company by name."""

    def __init__(self, app: FastAPI, database: Database, courier: RecordingCourier) -> None:
        self.app, self.database, self.courier = app, database, courier

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
        person = await self.row(name, tenant)
        async with self.database.transaction() as session:
            return await tokens.issue(session, person.tenant, person.id, at=utc_now())

    async def client(self, name: str, tenant: str = "acme") -> httpx2.AsyncClient:
        return self.anonymous(Authorization=f"Bearer {await self.token(name, tenant)}")

    async def order(self, name: str = "Jordan", **changes: Any) -> dict[str, Any]:
        """An order placed by somebody, as the API answers it."""
        async with await self.client(name) as client:
            answer = await client.post("/api/v1/orders", json=PHONE | changes)
        assert answer.status_code == 201, answer.text
        placed: dict[str, Any] = answer.json()
        return placed

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


Json = Mapping[str, Any]
