"""What waits is told to Prometheus as it is in the database, from the scraper's own thread."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, update

from models.db import queue_depth
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from models.db.workflow_health.tables import WorkflowHealthRow
from models.lifecycle import Status
from outbox.queue_metrics import BacklogCollector
from tests.fixtures.office import TENANT, open_office


async def scraped(database: Database) -> dict[str, float]:
    """What the collector says, by metric, and by status where there is one."""
    collector = BacklogCollector(database, asyncio.get_running_loop())
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


def mail(state: str, *, minutes: int = 0) -> NotificationRow:
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


async def test_all_that_waits_is_counted_and_the_oldest_is_told(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(
            [message("waiting", minutes=5), message("waiting"), message("dead"), message("done", minutes=9)]
        )
        session.add_all([mail("waiting", minutes=5), mail("dead"), mail("dead"), mail("sent", minutes=9)])
    found = await scraped(database)
    assert found["dialtone_outbox_waiting"] == 2
    assert found["dialtone_outbox_dead"] == 1
    assert 300 <= found["dialtone_outbox_oldest_seconds"] < 540
    assert (found["dialtone_mail_waiting"], found["dialtone_mail_dead"]) == (1, 2)
    assert 300 <= found["dialtone_mail_oldest_seconds"] < 540
    assert found["dialtone_database_reachable"] == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.ON_HOLD])
async def test_orders_are_told_by_status_and_only_while_they_are_open(database: Database, status: Status) -> None:
    await open_office(database)
    async with database.transaction() as session:
        await session.exec(update(OrderRow).values(status=status, updated_at=utc_now(), due_at=None))
    found = await scraped(database)
    assert found[f"dialtone_orders_open/{status}"] == 1
    assert found["dialtone_orders_stuck"] == (status is Status.FAILED)
    assert {f"dialtone_orders_open/{one}" for one in Status if not one.final} <= set(found)
    async with database.transaction() as session:
        await session.exec(update(OrderRow).values(closed_at=utc_now()))
    closed = await scraped(database)
    assert (closed[f"dialtone_orders_open/{status}"], closed["dialtone_orders_stuck"]) == (0, 0)


async def test_a_great_many_are_not_counted_to_the_last(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_depth, "MOST", 2)
    async with database.transaction() as session:
        session.add_all([message("waiting") for _ in range(3)])
    assert (await scraped(database))["dialtone_outbox_waiting"] == 2


async def test_a_database_that_is_away_is_told_and_breaks_nothing() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert await scraped(nowhere) == {"dialtone_database_reachable": 0}
    await nowhere.close()


async def test_only_what_is_open_is_told_after_it_has_moved(database: Database) -> None:
    office = await open_office(database)
    async with database.transaction() as session:
        await session.exec(
            update(OrderRow).where(col(OrderRow.id) == office.order.id).values(due_at=utc_now() - timedelta(hours=1))
        )
    assert (await scraped(database))["dialtone_orders_stuck"] == 1


async def test_orders_without_a_running_workflow_are_told_while_they_are_open(database: Database) -> None:
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
