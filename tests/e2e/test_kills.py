"""The worker is killed at each step of an order: the order completes, and nothing is lost or done twice."""

import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import SQLModel, func, select
from temporalio.client import Client, WorkflowExecutionStatus

from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from tests.e2e.instance import Instance
from tests.e2e.site import PHONE, Site, approve, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STEPS = ("received", "approval_needed", "approved_by", "approved", "reserved", "submitting", "placed", "shipped")
# Activities, and `submit`, the call to the carrier inside `place`.
PAUSED_AT = ("rule", "reserve", "place", "submit", "record", "activate", "apply")
NEVER = "never"


@dataclass
class OrderInProgress:
    """An order, read through the API, whose employee and manager each do their part once."""

    site: Site
    employee: httpx2.AsyncClient
    manager: httpx2.AsyncClient
    document: dict[str, Any] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    async def place(self) -> None:
        self.document = (await self.employee.post("/api/v1/orders", json=PHONE)).json()

    async def advance(self) -> str:
        """Do what the order needs, and return its status."""
        path = f"/api/v1/orders/{self.document['number']}"
        self.document = (await self.employee.get(path)).json()
        status: str = self.document["status"]
        if status not in self.done:
            self.done.add(status)
            if status == "AWAITING_APPROVAL":
                await approve(self.manager, self.document)
            elif status == "AWAITING_ACTIVATION":
                await self.employee.post(f"{path}/activate", json={})
        return status

    async def rows(self, table: type[SQLModel]) -> list[Any]:
        async with self.site.database.transaction() as session:
            rows = select(table).filter_by(order_id=self.document["id"])
            return list((await session.exec(rows)).all())

    async def no_email_waits(self) -> bool:
        return "waiting" not in {email.state for email in await self.rows(NotificationRow)}


@pytest.fixture(scope="module")
async def without_worker(instance: Instance) -> AsyncIterator[Instance]:
    """The instance without its worker; tests start their own."""
    async with instance.stopped("worker"):
        yield instance


@pytest.fixture
async def order(without_worker: Instance) -> AsyncIterator[OrderInProgress]:
    site = without_worker.site
    async with await site.client("Jordan") as jordan, await site.client("Dana") as dana:
        yield OrderInProgress(site=site, employee=jordan, manager=dana)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("paused_at", PAUSED_AT)
async def test_an_order_completes_after_its_worker_is_killed(
    without_worker: Instance, order: OrderInProgress, tmp_path: Path, paused_at: str, when: str
) -> None:
    before = await _inventory(order.site)
    announcement = tmp_path / "paused"
    await without_worker.start("worker", argv=_worker(f"{paused_at}-{when}", announcement))
    await order.place()
    await until(lambda: _paused(order, announcement.exists))
    await until(order.no_email_waits)
    await without_worker.kill("worker")
    await without_worker.start("worker", argv=_worker(NEVER, announcement))
    client = await Client.connect(without_worker.temporal.address)
    await until(lambda: _completed(order, client), seconds=120)
    await until(order.no_email_waits)
    await without_worker.stop("worker")

    assert len(await order.site.carrier_orders(order.document["id"])) == 1
    assert await _inventory(order.site) == [count + 1 for count in before]
    assert sorted(row.kind for row in await order.rows(InventoryChangeRow)) == ["apply", "reserve"]
    await _assert_history_is_complete(order)
    await _assert_emails_were_sent_once(order)


def _worker(point: str, announcement: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.e2e.paused_worker", point, str(announcement))


async def _paused(order: OrderInProgress, announced: Callable[[], bool]) -> bool:
    await order.advance()
    return announced()


async def _completed(order: OrderInProgress, client: Client) -> bool:
    """Whether both the order and its workflow are completed."""
    status = await order.advance()
    workflow = await client.get_workflow_handle(f"order:acme:{order.document['id']}").describe()
    return (status, workflow.status) == ("COMPLETED", WorkflowExecutionStatus.COMPLETED)


async def _inventory(site: Site) -> list[int]:
    """The numbers of lines and devices."""
    async with site.database.transaction() as session:
        return [(await session.exec(select(func.count()).select_from(table))).one() for table in (LineRow, DeviceRow)]


async def _assert_history_is_complete(order: OrderInProgress) -> None:
    events = sorted(await order.rows(EventRow), key=lambda row: row.seq)
    assert [row.seq for row in events] == list(range(1, len(events) + 1))
    assert [row.event for row in events if row.event in STEPS] == list(STEPS)
    assert [row.event for row in events].count("completed") == 1
    assert {row.state for row in await order.rows(OutboxRow)} == {"done"}


async def _assert_emails_were_sent_once(order: OrderInProgress) -> None:
    queued = await order.rows(NotificationRow)
    received = [dict(email["headers"])["Message-ID"] for email in await order.site.emails(order.document["number"])]
    assert len(received) == len(set(received)) == len([email for email in queued if email.state == "sent"])
    assert {email.state for email in queued} <= {"sent", "skipped"}
