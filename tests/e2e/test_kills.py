"""The worker process is killed at each step of an order: the order completes, and nothing is lost or done twice."""

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
from tests.e2e.instance import House
from tests.e2e.site import PHONE, Site, approve, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STEPS = ("received", "approval_needed", "approved_by", "approved", "reserved", "submitting", "placed", "shipped")
# `submit` is the call to the carrier in the middle of `place`.
HELD = ("rule", "reserve", "place", "submit", "record", "activate", "apply")
NEVER = "never"


@dataclass
class Walk:
    """An order on its way, helped along by its people: each does their part once."""

    site: Site
    employee: httpx2.AsyncClient
    manager: httpx2.AsyncClient
    order: dict[str, Any] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    async def begin(self) -> None:
        self.order = (await self.employee.post("/api/v1/orders", json=PHONE)).json()

    async def help_along(self) -> str:
        """Do what the order waits for, if it waits for somebody; its status."""
        path = f"/api/v1/orders/{self.order['number']}"
        self.order = (await self.employee.get(path)).json()
        status: str = self.order["status"]
        if status not in self.done:
            self.done.add(status)
            if status == "AWAITING_APPROVAL":
                await approve(self.manager, self.order)
            elif status == "AWAITING_ACTIVATION":
                await self.employee.post(f"{path}/activate", json={})
        return status

    async def rows(self, table: type[SQLModel]) -> list[Any]:
        async with self.site.database.transaction() as session:
            return list((await session.exec(select(table).where(table.order_id == self.order["id"]))).all())  # type: ignore[attr-defined]

    async def no_mail_waits(self) -> bool:
        return "waiting" not in {mail.state for mail in await self.rows(NotificationRow)}


@pytest.fixture(scope="module")
async def workerless(house: House) -> AsyncIterator[House]:
    """The house with nobody at work: tests bring workers of their own."""
    async with house.without("worker"):
        yield house


@pytest.fixture
async def walk(workerless: House) -> AsyncIterator[Walk]:
    site = workerless.site
    async with await site.client("Jordan") as jordan, await site.client("Dana") as dana:
        yield Walk(site=site, employee=jordan, manager=dana)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("held", HELD)
async def test_an_order_outlives_the_death_of_its_worker(
    workerless: House, walk: Walk, tmp_path: Path, held: str, when: str
) -> None:
    before = await _inventory(walk.site)
    announcement = tmp_path / "held"
    await workerless.start("worker", argv=_worker(f"{held}-{when}", announcement))
    await walk.begin()
    await until(lambda: _held(walk, announcement.exists))
    await until(walk.no_mail_waits)
    await workerless.kill("worker")
    await workerless.start("worker", argv=_worker(NEVER, announcement))
    client = await Client.connect(workerless.temporal.address)
    await until(lambda: _completed(walk, client), seconds=120)
    await until(walk.no_mail_waits)
    await workerless.stop("worker")

    assert len(await walk.site.at_carrier(walk.order["id"])) == 1
    assert await _inventory(walk.site) == [count + 1 for count in before]
    assert sorted(row.effect for row in await walk.rows(InventoryChangeRow)) == ["apply", "reserve"]
    await _assert_history_is_whole(walk)
    await _assert_mails_came_once(walk)


def _worker(moment: str, announcement: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.e2e.held_worker", moment, str(announcement))


async def _held(walk: Walk, announced: Callable[[], bool]) -> bool:
    await walk.help_along()
    return announced()


async def _completed(walk: Walk, client: Client) -> bool:
    """Whether the order is completed for people, and its workflow over."""
    seen = await walk.help_along()
    workflow = await client.get_workflow_handle(f"order:acme:{walk.order['id']}").describe()
    return (seen, workflow.status) == ("COMPLETED", WorkflowExecutionStatus.COMPLETED)


async def _inventory(site: Site) -> list[int]:
    """How many lines and devices there are."""
    async with site.database.transaction() as session:
        return [(await session.exec(select(func.count()).select_from(table))).one() for table in (LineRow, DeviceRow)]


async def _assert_history_is_whole(walk: Walk) -> None:
    events = sorted(await walk.rows(EventRow), key=lambda row: row.seq)
    assert [row.seq for row in events] == list(range(1, len(events) + 1))
    assert [row.event for row in events if row.event in STEPS] == list(STEPS)
    assert [row.event for row in events].count("completed") == 1
    assert {row.state for row in await walk.rows(OutboxRow)} == {"done"}


async def _assert_mails_came_once(walk: Walk) -> None:
    announced = await walk.rows(NotificationRow)
    received = [dict(mail["headers"])["Message-ID"] for mail in await walk.site.mails(walk.order["number"])]
    assert len(received) == len(set(received)) == len([mail for mail in announced if mail.state == "sent"])
    assert {mail.state for mail in announced} <= {"sent", "skipped"}
