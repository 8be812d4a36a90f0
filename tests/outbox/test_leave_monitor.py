"""Several workers that look at the same leave, and what one of them does before the other."""

from asyncio import create_task, gather, sleep
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from models.db.catalog.tables import PriceRow
from models.db.inventory.tables import LineRow
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveRow
from models.db.notifications.tables import AccountEmailRow
from models.db.orders.tables import OrderRow
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, new_id, utc_now
from models.facts import Policy
from models.holder import Holder
from models.leave import LeaveStep, LeaveThing
from outbox import leave_orders, leave_steps
from outbox.leave_monitor import LeaveMonitor
from outbox.leave_orders import ThingToOrder
from policies.leaving import timetable
from tests import factories
from tests.workflows.workflow_env import KEYRING
from workflows.order_type_registry import order_types_by_code

LAST_DAY = (utc_now() + timedelta(days=30)).date()
ENDED = timetable(Policy(), LAST_DAY, None).ends_at + timedelta(minutes=5)
TYPES = order_types_by_code().values()


@pytest.fixture
async def line_id(database: Database) -> str:
    """A line of HOLDER, who leaves."""
    await factories.create_company(database)
    async with database.transaction() as session:
        line_id = await factories.create_line(session, Holder.of(person_id=factories.HOLDER), cost_center="CC-1")
        leave = LeaveRow(
            tenant=factories.TENANT, id=new_id(), person_id=factories.HOLDER, started_by=factories.ADMIN,
            started_at=utc_now(), next_at=utc_now(),
        )  # fmt: skip
        await leaves.add(session, leave)
        is_leaver = col(PersonRow.id) == factories.HOLDER
        await session.exec(update(PersonRow).where(is_leaver).values(leaves_on=LAST_DAY))
        await session.exec(update(PriceRow).where(col(PriceRow.sku) == "FEATURE-1").values(monthly=5))
    return line_id


def _worker(database: Database) -> LeaveMonitor:
    return LeaveMonitor(database, KEYRING, TYPES, clock=lambda: ENDED)


async def _leave(session: Session) -> LeaveRow:
    row = await leaves.latest(session, factories.TENANT, factories.HOLDER)
    assert row is not None
    return row


async def test_what_a_worker_has_found_before_a_later_step_was_ordered_is_not_ordered(
    database: Database, line_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        (await session.get_one(LineRow, (factories.TENANT, line_id))).features = ["FEATURE-1"]
    async with database.transaction() as session:
        leave = await leave_steps.advance(session, await _leave(session), ENDED)
        assert leave is not None
        found = [one for one in await leave_orders.wanted(session, TYPES, leave, ENDED) if one.thing is LeaveThing.LINE]
        (await leaves.item(session, leave, LeaveThing.LINE, line_id)).step = LeaveStep.CHOSEN
    assert [one.order.step for one in found] == [LeaveStep.FEATURES]
    monkeypatch.setattr(leave_orders, "wanted", partial(_answer, found))
    await _worker(database).run_once()
    async with database.transaction() as session:
        assert await session.all(select(OrderRow)) == []
        assert (await leaves.item(session, await _leave(session), LeaveThing.LINE, line_id)).step == LeaveStep.CHOSEN


async def test_two_workers_tell_once_what_cannot_be_ordered(
    database: Database, line_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        (await session.get_one(LineRow, (factories.TENANT, line_id))).status = "porting_out"
        for thing, choice in (("line", "disconnect"), ("device", "stock")):
            (await leaves.item(session, await _leave(session), thing, line_id)).choice = choice
    monkeypatch.setattr(leave_steps, "tell_problem", partial(_tell_slowly, leave_steps.tell_problem))
    await gather(*(_worker(database).run_once() for _ in range(2)))
    async with database.transaction() as session:
        told = await session.all(select(AccountEmailRow).where(col(AccountEmailRow.event) == "leave_problem"))
    assert [one.recipient_id for one in told] == [factories.REQUESTER]


@pytest.mark.usefixtures("line_id")
async def test_the_end_of_access_waits_for_the_admins_before_it_locks_the_person(database: Database) -> None:
    async with database.transaction() as session:
        await person_changes.lock_admins(session, factories.TENANT, LAST_DAY)
        end = create_task(_worker(database).run_once())
        await sleep(0.3)
        await (await session.connection()).execute(text("SET LOCAL lock_timeout = '100ms'"))
        assert await person_changes.lock_person(session, factories.TENANT, factories.HOLDER)
    await end
    async with database.transaction() as session:
        assert (await _leave(session)).ended_at is not None


async def _answer(found: list[ThingToOrder], *_: Any) -> list[ThingToOrder]:
    return found


async def _tell_slowly(tell: Any, session: Session, leave: LeaveRow, problem: str, at: datetime) -> None:
    await sleep(0.5)
    await tell(session, leave, problem, at)
