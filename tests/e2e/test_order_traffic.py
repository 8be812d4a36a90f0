"""What one whole order sends to the database, from the request to the last email, in every process together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlmodel import col, select, text
from temporalio.testing import WorkflowEnvironment

from demo.postgres_server import DatabaseServer
from models.db.approvals.tables import ApprovalRow
from models.db.session import Database
from outbox import relay
from tests.e2e.site import PHONE
from tests.fixtures.database import cloned
from tests.fixtures.statements import recorded_traffic
from tests.workflows.new_type.live_tenant import LiveTenant, live_tenant

SECONDS = 60
# As few as were reached: each may only become smaller.
STATEMENTS, TRANSACTIONS, DURABLE = 160, 28, 24
REACHED = """EXISTS (SELECT FROM "order" WHERE number = :number AND status = :status)"""
ALL_SENT = """NOT EXISTS (SELECT FROM notification WHERE state = 'waiting')
AND NOT EXISTS (SELECT FROM outbox WHERE state = 'waiting')"""


@pytest.fixture
async def tenant(
    postgres: DatabaseServer, company_template: str, temporal: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LiveTenant]:
    """What is due is found by notification; looking for it in between isn't part of an order."""
    monkeypatch.setattr(relay, "POLL_SECONDS", SECONDS)
    async with cloned(postgres, company_template) as database, live_tenant(database, temporal.client) as running:
        yield running


@pytest.fixture
async def watching(tenant: LiveTenant) -> AsyncIterator[Database]:
    """A database whose statements aren't counted."""
    database = Database(tenant.people.database.url.render_as_string(hide_password=False))
    yield database
    await database.close()


async def until(watching: Database, condition: str, **values: str) -> None:
    query: Any = text(f"SELECT {condition}").bindparams(**values)
    async with asyncio.timeout(SECONDS):
        while True:
            async with watching.read() as session:
                if (await session.exec(query)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def pending(watching: Database) -> str:
    async with watching.read() as session:
        (approval_id,) = await session.all(select(ApprovalRow.id).where(col(ApprovalRow.state) == "pending"))
    return approval_id


async def test_a_new_phone_takes_few_statements_transactions_and_commits(
    tenant: LiveTenant, watching: Database
) -> None:
    async with (
        await tenant.people.client("Jordan") as jordan,
        await tenant.people.client("Dana") as dana,
        recorded_traffic(tenant.people.database) as traffic,
    ):
        placed = await jordan.post("/api/v1/orders", json=PHONE)
        number = placed.json()["number"]
        await until(watching, REACHED, number=number, status="AWAITING_APPROVAL")
        await until(watching, ALL_SENT)
        await dana.post(f"/api/v1/approvals/{await pending(watching)}/decision", json={"decision": "approve"})
        await until(watching, REACHED, number=number, status="AWAITING_ACTIVATION")
        await jordan.post(f"/api/v1/orders/{number}/activate", json={})
        await until(watching, REACHED, number=number, status="COMPLETED")
        await until(watching, ALL_SENT)
    assert len(traffic.statements) <= STATEMENTS, "\n".join(traffic.statements)
    assert traffic.transactions <= TRANSACTIONS
    assert traffic.durable <= DURABLE
