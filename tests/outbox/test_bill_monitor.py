"""The bill of a line that an order has disconnected is checked by a person, once."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select, update

from models.db import bill_checks
from models.db.billing_watches.tables import BillingWatchRow
from models.db.catalog import policy_versions
from models.db.inventory import change_log
from models.db.inventory.inventory_values import value_of
from models.db.inventory.tables import LineRow
from models.db.notifications.tables import NotificationRow
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.db.tasks.tables import TaskRow
from models.inventory import Line, LineStatus
from models.order import Order
from models.task import task_kind
from outbox.bill_monitor import BillMonitor
from tests import factories
from workflows.order_type_registry import order_type

# The line ends at 23:30 in Chicago, where it is still November 16; its bill is checked 40 days later.
ENDED, ENDED_ON = datetime(2026, 11, 17, 5, 30, tzinfo=UTC), date(2026, 11, 16)
DUE = datetime(2026, 12, 26, 6, tzinfo=UTC)


@dataclass
class Watched:
    """An order that has ended a line, whose bill is watched, and the monitor."""

    database: Database
    order: Order

    async def check(self, at: datetime = DUE) -> list[TaskRow]:
        """Let the monitor look; returns the tasks."""
        await BillMonitor(self.database, clock=lambda: at).run_once()
        async with self.database.transaction() as session:
            return await session.all(select(TaskRow).where(col(TaskRow.order_id) == self.order.id))

    async def begin(self) -> None:
        async with self.database.transaction() as session:
            item = await change_log.lock_item(session, self.order.ref, self.order.items[0].id)
            row = (await session.all(select(LineRow)))[0]
            line = replace(value_of(Line, row), status=LineStatus.DISCONNECTED, disconnected_on=None)
            policy = await policy_versions.newest(session, self.order.tenant)
            await bill_checks.begin(session, policy, item, line, ENDED)

    async def reconnect(self) -> None:
        async with self.database.transaction() as session:
            line_id = self.order.items[0].line_id or ""
            await bill_checks.end(session, self.order.tenant, line_id, DUE)

    async def rows(self) -> list[BillingWatchRow]:
        async with self.database.transaction() as session:
            return await session.all(select(BillingWatchRow))

    async def emails(self) -> list[tuple[str, str]]:
        async with self.database.transaction() as session:
            rows = await session.all(select(NotificationRow).where(col(NotificationRow.event) == "bill_check"))
        return [(row.event, row.recipient_id) for row in rows]


@pytest.fixture
async def watched(database: Database) -> Watched:
    await factories.create_company(database)
    order = await factories.create_order(database, factories.OrderSpec(type=order_type("SERVICE_SUSPEND")))
    found = Watched(database, order)
    await found.begin()
    return found


async def own_account(database: Database, person_id: str) -> None:
    async with database.transaction() as session:
        owner = update(PersonRow).where(col(PersonRow.id) == person_id)
        await session.exec(owner.values(owns=[factories.ACCOUNT]))


async def test_a_line_is_watched_for_the_days_of_the_policy(watched: Watched) -> None:
    (row,) = await watched.rows()
    assert (row.no_charges_after, row.until, row.state) == (ENDED_ON, ENDED_ON + timedelta(days=40), "watching")
    await watched.begin()
    assert len(await watched.rows()) == 1


async def test_the_owner_of_the_account_gets_one_task_on_the_day_in_the_tenant_s_time_zone(watched: Watched) -> None:
    await own_account(watched.database, factories.CHIEF)
    assert await watched.check(DUE - timedelta(minutes=1)) == []
    for _ in range(2):
        (task,) = await watched.check()
    assert (task.kind, task.person_id, task.role, task.state) == ("bill_check", factories.CHIEF, None, "open")
    assert await watched.emails() == [("bill_check", factories.CHIEF)]
    happened = task_kind(task.kind).what_happened(task.evidence, "Northwind")
    assert happened.endswith("was disconnected on Mon, Nov 16, 2026. No bill may charge it for the days after.")
    assert [row.state for row in await watched.rows()] == ["asked"]


async def test_without_an_owner_the_task_is_the_admins(watched: Watched) -> None:
    (task,) = await watched.check()
    assert (task.person_id, task.role) == (None, "admin")
    assert await watched.emails() == [("bill_check", factories.ADMIN)]


async def test_a_line_in_service_again_is_not_watched(watched: Watched) -> None:
    await watched.reconnect()
    assert await watched.check() == []
    assert [row.state for row in await watched.rows()] == ["ended"]


async def test_the_task_is_over_when_the_line_is_in_service_again(watched: Watched) -> None:
    assert len(await watched.check()) == 1
    await watched.reconnect()
    (task,) = await watched.check(DUE + timedelta(days=9))
    assert (task.state, task.outcome) == ("closed", "line_in_service")
