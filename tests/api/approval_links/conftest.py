"""Fixtures of the approval page tests: a small office, and a dispatcher in place of Temporal."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from api.app import create_app
from api.auth import sessions
from api.auth.sessions import SessionLimits
from models.db.approvals import approval_links
from models.db.approvals.tables import ApprovalLinkRow
from models.db.outbox import delivery
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Database
from notifications.links import Signer
from outbox.dispatcher import WAITING, DeliveryResult
from tests.api.api_client import CLIENT_INFO
from tests.api.conftest import services
from tests.fixtures.office import TENANT, SampleOrder, open_office

ORIGIN = "http://dialtone.test"
SIGNER = Signer(["test-signing-key"], ORIGIN)
FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
NONCE = re.compile(r'name="nonce" value="([^"]+)"')


@dataclass
class FakeDispatcher:
    """Completes messages as the real dispatcher does, with the result `answer`."""

    database: Database
    answer: DeliveryResult = field(default_factory=lambda: DeliveryResult(state="done"))

    async def deliver(self, action_id: str, written: OutboxRow | None = None) -> DeliveryResult:
        assert written is None or written.id == action_id
        async with self.database.transaction() as session:
            row = await delivery.find(session, action_id)
            if row is None or self.answer == WAITING:
                return WAITING
            await delivery.complete(session, row, state=self.answer.state, result={})
            if self.answer.state == "rejected" and row.link_id is not None:
                await approval_links.release_link(session, row.link_id)
        return self.answer


@dataclass
class Pages:
    """A browser on the approval pages, with the application and its database."""

    office: SampleOrder
    app: FastAPI
    dispatcher: FakeDispatcher
    client: httpx2.AsyncClient

    async def links(self, approver: str = "maria") -> list[ApprovalLinkRow]:
        async with self.office.database.transaction() as session:
            rows = await session.exec(
                select(ApprovalLinkRow)
                .where(col(ApprovalLinkRow.approver_id) == approver)
                .order_by(col(ApprovalLinkRow.id))
            )
            return list(rows.all())

    async def url(self, approver: str = "maria") -> str:
        """The path of an approver's newest link."""
        return SIGNER.url((await self.links(approver))[-1].id).removeprefix(ORIGIN)

    async def open(self, approver: str = "maria") -> httpx2.Response:
        """Open the newest link and follow the redirect."""
        return await self.client.get(await self.url(approver), follow_redirects=True)

    async def submit(self, page: httpx2.Response, *, follow_redirects: bool = True, **fields: str) -> httpx2.Response:
        """Submit the form of a page."""
        found = NONCE.search(page.text)
        data = {"nonce": found[1] if found else ""} | fields
        return await self.client.post(
            page.url.path, data=data, headers=FROM_THE_PAGE, follow_redirects=follow_redirects
        )

    async def messages(self) -> list[OutboxRow]:
        """The outbox messages, oldest first."""
        async with self.office.database.transaction() as session:
            return list((await session.exec(select(OutboxRow).order_by(col(OutboxRow.position)))).all())

    async def change(self, table: Any, key: Any, **values: Any) -> None:
        """Change a row directly in the database."""
        async with self.office.database.transaction() as session:
            row = await session.get_one(table, key)
            for name, value in values.items():
                setattr(row, name, value)

    async def sign_in(self, person: str) -> None:
        """Sign someone in with this browser."""
        async with self.office.database.transaction() as session:
            row = await session.get_one(PersonRow, (TENANT, person))
            secret = await sessions.start_session(session, row, CLIENT_INFO, SessionLimits(), at=self.office.clock)
        self.client.cookies.set("dialtone_session", secret)

    def browser(self) -> httpx2.AsyncClient:
        """A browser without cookies."""
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url=ORIGIN)


@pytest.fixture
async def pages(database: Database) -> Pages:
    office = await open_office(database)
    dispatcher = FakeDispatcher(database)
    made = await services(database, dispatcher, now=lambda: office.clock)  # type: ignore[arg-type] # a fake dispatcher
    app = create_app(made)
    pages = Pages(office=office, app=app, dispatcher=dispatcher, client=None)  # type: ignore[arg-type] # set below
    return replace(pages, client=pages.browser())
