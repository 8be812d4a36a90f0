"""Prometheus reads the queue lengths from the database, in a thread of its own."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, update

from models.db import queue_depth
from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from models.db.workflow_health.tables import WorkflowHealthRow
from models.lifecycle import Status
from outbox.queue_metrics import QueueMetricsCollector
from tests.fixtures.office import TENANT, open_office


async def scraped(database: Database) -> dict[str, float]:
    """The collected values, by metric and label."""
    collector = QueueMetricsCollector(database, asyncio.get_running_loop())
    metrics = await asyncio.to_thread(lambda: list(collector.collect()))
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for metric in metrics
        for sample in metric.samples
    }


def message(state: str, *, minutes: int = 0) -> OutboxRow:
    at = utc_now() - timedelta(minutes=minutes)
    return OutboxRow(
        id=new_id(),
        tenant=TENANT,
        order_id="o",
        workflow_id="w",
        kind="update",
        name="cancel",
        payload={},
        state=state,
        created_at=at,
        next_attempt_at=at,
    )


def email(state: str, *, minutes: int = 0) -> NotificationRow:
    at = utc_now() - timedelta(minutes=minutes)
    return NotificationRow(
        id=new_id(),
        tenant=TENANT,
        order_id="o",
        seq=1,
        event="approved",
        recipient_id=new_id(),
        address="a@example.com",
        state=state,
        created_at=at,
        next_attempt_at=at,
    )


async def test_waiting_rows_are_counted_with_the_age_of_the_oldest(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(
            [message("waiting", minutes=5), message("waiting"), message("dead"), message("done", minutes=9)]
        )
        session.add_all([email("waiting", minutes=5), email("dead"), email("dead"), email("sent", minutes=9)])
    values = await scraped(database)
    assert values["dialtone_outbox_waiting"] == 2
    assert values["dialtone_outbox_dead"] == 1
    assert 300 <= values["dialtone_outbox_oldest_seconds"] < 540
    assert (values["dialtone_email_waiting"], values["dialtone_email_dead"]) == (1, 2)
    assert 300 <= values["dialtone_email_oldest_seconds"] < 540
    assert values["dialtone_database_reachable"] == 1


@pytest.mark.fault("52")
async def test_emails_about_access_are_counted_with_those_about_orders(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all([email("waiting"), email("dead")])
        for state, minutes in (("waiting", 5), ("dead", 9), ("dead", 9), ("sent", 9)):
            values = email(state, minutes=minutes).model_dump(exclude={"order_id", "seq", "link_id"})
            session.add(AccountEmailRow(**values))
    values = await scraped(database)
    assert (values["dialtone_email_waiting"], values["dialtone_email_dead"]) == (2, 3)
    assert 300 <= values["dialtone_email_oldest_seconds"] < 540


@pytest.mark.parametrize("status", [Status.FAILED, Status.ON_HOLD])
async def test_open_orders_are_counted_by_status(database: Database, status: Status) -> None:
    await open_office(database)
    async with database.transaction() as session:
        await session.exec(update(OrderRow).values(status=status, updated_at=utc_now(), due_at=None))
    values = await scraped(database)
    assert values[f"dialtone_orders_open/{status}"] == 1
    assert values["dialtone_orders_stuck"] == (status is Status.FAILED)
    assert {f"dialtone_orders_open/{each}" for each in Status if not each.final} <= set(values)
    async with database.transaction() as session:
        await session.exec(update(OrderRow).values(closed_at=utc_now()))
    closed = await scraped(database)
    assert (closed[f"dialtone_orders_open/{status}"], closed["dialtone_orders_stuck"]) == (0, 0)


async def test_counts_have_a_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_depth, "MAX_COUNT", 2)
    async with database.transaction() as session:
        session.add_all([message("waiting") for _ in range(3)])
    assert (await scraped(database))["dialtone_outbox_waiting"] == 2


async def test_an_unreachable_database_is_reported() -> None:
    unreachable = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert await scraped(unreachable) == {"dialtone_database_reachable": 0}
    await unreachable.close()


async def test_an_overdue_order_is_stuck(database: Database) -> None:
    office = await open_office(database)
    async with database.transaction() as session:
        await session.exec(
            update(OrderRow).where(col(OrderRow.id) == office.order.id).values(due_at=utc_now() - timedelta(hours=1))
        )
    assert (await scraped(database))["dialtone_orders_stuck"] == 1


async def test_open_orders_without_a_running_workflow_are_lost(database: Database) -> None:
    office = await open_office(database)
    row = WorkflowHealthRow(
        tenant=office.order.tenant, order_id=office.order.id, state="terminated", checked_at=utc_now()
    )
    async with database.transaction() as session:
        session.add(row)
    assert (await scraped(database))["dialtone_orders_lost"] == 1
    async with database.transaction() as session:
        await session.exec(update(OrderRow).values(closed_at=utc_now()))
    assert (await scraped(database))["dialtone_orders_lost"] == 0
