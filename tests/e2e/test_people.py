"""People who leave, on a real database and Temporal server, with the clock of the monitor."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, select, update
from temporalio.testing import WorkflowEnvironment

from api.leaves import starting
from api.people import no_show, start_dates
from models.audit import AuditActor
from models.db.catalog.tables import PriceRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveItemRow, LeaveRow
from models.db.notifications.tables import AccountEmailRow
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id, utc_now
from models.facts import Policy
from models.holder import Holder
from models.lifecycle import ItemState, Status
from models.order import Channel, Order, OrderRef
from outbox.leave_monitor import LeaveMonitor
from policies.deadlines import opens_at
from policies.leaving import timetable
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import KEYRING, WorkflowEnv
from workflows.order_type_registry import order_type, order_types_by_code

HIRE = Holder.of(person_id=factories.HOLDER)
SHORTLY = timedelta(minutes=5)
ADMIN = AuditActor(id=factories.ADMIN, name="Ada", channel=Channel.PORTAL, address="10.0.0.1")


def _in_30_days() -> date:
    return (utc_now() + timedelta(days=30)).date()


def _is_due(at: datetime, row: OrderRow) -> bool:
    return row.due_at == at


@dataclass
class Leaving:
    """The person HOLDER with a line and a device; the manager is REQUESTER."""

    stage: WorkflowEnv
    line_id: str
    last_day: date = field(default_factory=_in_30_days)

    @property
    def database(self) -> Database:
        return self.stage.database

    @property
    def times(self) -> Any:
        return timetable(Policy(), self.last_day, None)

    async def start(self, *, immediate: bool = False) -> None:
        row = LeaveRow(
            tenant=factories.TENANT, id=new_id(), person_id=factories.HOLDER, immediate=immediate,
            started_by=factories.ADMIN, started_at=utc_now(), next_at=utc_now(),
        )  # fmt: skip
        async with self.database.transaction() as session:
            is_leaver = col(PersonRow.id) == factories.HOLDER
            await session.exec(update(PersonRow).where(is_leaver).values(leaves_on=self.last_day))
            await leaves.add(session, row)

    async def choose(self, **choices: str) -> None:
        async with self.database.transaction() as session:
            leave = await self.leave(session)
            for thing, choice in choices.items():
                (await leaves.item(session, leave, thing, self.line_id)).choice = choice

    async def leave(self, session: Any) -> LeaveRow:
        row = await leaves.latest(session, factories.TENANT, factories.HOLDER)
        assert row is not None
        return row

    async def at(self, at: datetime) -> None:
        """Let the monitor do what is due then, and every new order run to its end."""
        known = set(await self.orders())
        await LeaveMonitor(self.database, KEYRING, order_types_by_code().values(), clock=lambda: at).run_once()
        for number in [one for one in await self.orders() if one not in known]:
            order = await self.order(number)
            await self.stage.deliver(order.id)
            assert await self.stage.advance(order) is Status.COMPLETED

    async def order(self, number: str) -> Order:
        async with self.database.transaction() as session:
            row = (await session.exec(select(OrderRow).where(col(OrderRow.number) == number))).one()
            return await order_values.load(session, OrderRef(tenant=row.tenant, id=row.id))

    async def orders(self) -> dict[str, str]:
        """The types of all orders by number, the oldest first."""
        async with self.database.transaction() as session:
            rows = await session.all(select(OrderRow).order_by(col(OrderRow.id)))
        return {row.number: row.type_code for row in rows}

    async def placed(self) -> list[tuple[str, str | None, str]]:
        """Type, cause and approval plan of all orders."""
        async with self.database.transaction() as session:
            rows = await session.all(select(OrderRow).order_by(col(OrderRow.id)))
        return sorted((row.type_code, row.cause, row.type["approval"]) for row in rows)

    async def problems(self) -> list[str]:
        async with self.database.transaction() as session:
            return [row.problem for row in await session.all(select(LeaveItemRow)) if row.problem]

    async def emails(self) -> list[tuple[str, str]]:
        async with self.database.transaction() as session:
            rows = await session.all(select(AccountEmailRow).order_by(col(AccountEmailRow.created_at)))
        return [(row.event, row.recipient_id) for row in rows]

    async def deliver(self, name: str) -> None:
        """Deliver what the outbox has for workflows of orders under this name."""
        async with self.database.transaction() as session:
            waiting = col(OutboxRow.name) == name, col(OutboxRow.state) == "waiting"
            ids = await session.all(select(OutboxRow.id).where(*waiting))
        assert ids
        for message_id in ids:
            assert await self.stage.deliver(message_id) == "done"

    async def starts_in(self, days: int) -> None:
        """Give the person another first day, as the page of a person does."""
        async with self.database.transaction() as session:
            person = await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))
            before, person.starts_on = person.starts_on, (utc_now() + timedelta(days=days)).date()
            await session.flush()
            await start_dates.follow(session, person, before, by=ADMIN, at=utc_now())

    async def state(self) -> tuple[str, bool, str, str]:
        """Of the leave, whether the person is active, and the statuses of line and device."""
        async with self.database.transaction() as session:
            leave, key = await self.leave(session), (factories.TENANT, self.line_id)
            person = await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))
            line, device = await session.get_one(LineRow, key), await session.get_one(DeviceRow, key)
            return leave.state, person.active, line.status, device.status


@pytest.fixture
async def leaving(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Leaving]:
    await factories.create_company(database)
    async with database.transaction() as session:
        line_id = await factories.create_line(session, Holder.of(person_id=factories.HOLDER), cost_center="CC-1")
    async with WorkflowEnv.running(database, temporal.client, FakeCarrier()) as stage:
        yield Leaving(stage, line_id)


async def test_what_a_planned_leaver_answers_is_ordered_after_the_last_day(leaving: Leaving) -> None:
    await leaving.start()
    await leaving.at(utc_now())
    await leaving.choose(line="disconnect", device="stock")
    assert await leaving.state() == ("open", True, "active", "active")
    await leaving.at(leaving.times.ends_at + SHORTLY)
    assert (await leaving.problems(), await leaving.placed()) == ([], [("SERVICE_TERMINATE", "leaver", "LEAVER")])
    await leaving.at(leaving.times.ends_at + timedelta(hours=2))
    assert await leaving.state() == ("done", False, "disconnected", "in_stock")
    assert await leaving.emails() == [
        ("leave_asked", factories.HOLDER),
        ("leave_started", factories.REQUESTER),
        ("leave_ended", factories.REQUESTER),
    ]


async def test_who_never_answers_is_reminded_and_their_line_is_suspended_and_ends(leaving: Leaving) -> None:
    await leaving.start()
    times = leaving.times
    await leaving.at(utc_now())
    for at in times.reminders:
        await leaving.at(at + SHORTLY)
    asked = [to for event, to in await leaving.emails() if event == "leave_asked"]
    assert asked == [factories.HOLDER] * (1 + sum(one > utc_now() for one in times.reminders))
    await leaving.at(times.ends_at + SHORTLY)
    assert (await leaving.problems(), list((await leaving.orders()).values())) == ([], ["RETURN"])
    assert (await leaving.state())[:3] == ("open", False, "active")
    await leaving.at(times.suspends_at - SHORTLY)
    assert (await leaving.state())[2] == "active"
    await leaving.at(times.suspends_at + SHORTLY)
    assert (await leaving.problems(), (await leaving.state())[2]) == ([], "suspended")
    await leaving.at(times.disconnects_at + SHORTLY)
    assert (await leaving.problems(), (await leaving.state())[2]) == ([], "disconnected")
    assert sorted((await leaving.orders()).values()) == ["RETURN", "SERVICE_SUSPEND", "SERVICE_TERMINATE"]
    await leaving.at(times.disconnects_at + timedelta(days=1))
    assert (await leaving.state())[0] == "done"


async def test_an_immediate_leaver_loses_access_at_once(leaving: Leaving) -> None:
    await leaving.start(immediate=True)
    await leaving.at(utc_now() + SHORTLY)
    assert (await leaving.state())[:3] == ("open", False, "active")
    assert list((await leaving.orders()).values()) == ["RETURN"]
    assert await leaving.emails() == [("leave_ended", factories.REQUESTER)]


async def test_a_line_for_the_spare_pool_stays_active_and_is_no_ones(leaving: Leaving) -> None:
    await leaving.start()
    await leaving.choose(line="spare", device="with_line")
    await leaving.at(leaving.times.ends_at + SHORTLY)
    assert (await leaving.problems(), await leaving.placed()) == ([], [("LINE_REASSIGN", "leaver", "LEAVER")])
    async with leaving.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, leaving.line_id))
    assert (line.status, line.person_id, line.device_id) == ("active", None, leaving.line_id)


async def test_several_looks_at_a_leave_order_once(leaving: Leaving) -> None:
    await leaving.start()
    await leaving.choose(line="disconnect", device="stock")
    at, later = leaving.times.ends_at + SHORTLY, leaving.times.ends_at + timedelta(hours=4)
    await LeaveMonitor(leaving.database, KEYRING, order_types_by_code().values(), clock=lambda: at).run_once()
    await LeaveMonitor(leaving.database, KEYRING, order_types_by_code().values(), clock=lambda: later).run_once()
    assert list((await leaving.orders()).values()) == ["SERVICE_TERMINATE"]


async def test_what_is_ordered_for_a_pre_start_hire_ships_before_and_waits_for_the_first_day(leaving: Leaving) -> None:
    stage = leaving.stage
    await leaving.starts_in(10)
    phone = await stage.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.AWAITING_ACTIVATION, beneficiary=HIRE)
    first_day = opens_at(Policy(), (utc_now() + timedelta(days=10)).date())
    later = await stage.start_new(
        order_type("NEW_SERVICE_DEVICE"), until=Status.SCHEDULED, effective_at=first_day, beneficiary=HIRE
    )
    for days in (17, 24):
        await leaving.starts_in(days)
        await leaving.deliver("reschedule")
        starts_at = opens_at(Policy(), (utc_now() + timedelta(days=days)).date())
        await stage.until(later, partial(stage.row, later), partial(_is_due, starts_at))
    assert (await stage.row(phone)).status == Status.AWAITING_ACTIVATION
    assert await leaving.emails() == [("start_moved", factories.REQUESTER)] * 2
    assert await stage.cancel(later)


async def test_what_was_ordered_for_a_no_show_is_canceled_or_goes_back(leaving: Leaving) -> None:
    stage = leaving.stage
    await leaving.starts_in(0)
    phone = await stage.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.AWAITING_ACTIVATION, beneficiary=HIRE)
    in_10_days = utc_now() + timedelta(days=10)
    later = await stage.start_new(
        order_type("NEW_SERVICE_DEVICE"), until=Status.SCHEDULED, effective_at=in_10_days, beneficiary=HIRE
    )
    async with leaving.database.transaction() as session:
        person = await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))
        await no_show._cancel_orders_and_start_leave(session, person, by=ADMIN, at=utc_now())
    await leaving.deliver("cancel")
    await stage.wait_for_status(later, Status.CANCELED)
    await leaving.at(utc_now() + SHORTLY)
    assert (await leaving.problems(), [one for _, one in (await leaving.orders()).items()]) == (
        [],
        ["NEW_SERVICE_DEVICE", "NEW_SERVICE_DEVICE", "RETURN", "RETURN"],
    )
    await leaving.deliver("return_opened")
    await leaving.deliver("return_received")
    await stage.wait_for_status(phone, Status.CANCELED)
    assert await stage.item_states(phone) == [ItemState.RETURNED]
    assert (await leaving.state())[:2] == ("open", False)
    assert await leaving.emails() == [("leave_ended", factories.REQUESTER)]


async def test_a_leave_that_is_canceled_undoes_what_was_not_sent(leaving: Leaving) -> None:
    await leaving.start()
    await leaving.choose(line="disconnect", device="stock")
    ended = leaving.times.ends_at + SHORTLY
    await LeaveMonitor(leaving.database, KEYRING, order_types_by_code().values(), clock=lambda: ended).run_once()
    assert list((await leaving.orders()).values()) == ["SERVICE_TERMINATE"]
    async with leaving.database.transaction() as session:
        row = await leaves.lock_open(session, factories.TENANT, factories.HOLDER)
        assert row is not None
        person = await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))
        await starting.cancel(session, person, row, by=ADMIN, at=ended)
    (number,) = await leaving.orders()
    order = await leaving.order(number)
    await leaving.stage.deliver(order.id)
    await leaving.deliver("cancel")
    await leaving.stage.wait_for_status(order, Status.CANCELED, Status.WITHDRAWN)
    assert await leaving.state() == ("canceled", True, "active", "active")
    await leaving.at(ended + timedelta(days=60))
    assert await leaving.state() == ("canceled", True, "active", "active")


async def test_a_person_who_leaves_twice_has_one_checklist_and_is_asked_about_the_later_day(leaving: Leaving) -> None:
    person_id = factories.HOLDER
    for days in (30, 40):
        async with leaving.database.transaction() as session:
            person = await session.get_one(PersonRow, (factories.TENANT, person_id))
            leaving.last_day = (utc_now() + timedelta(days=days)).date()
            await starting.start(session, person, leaving.last_day, by=ADMIN, at=utc_now())
        await leaving.at(utc_now())
    async with leaving.database.transaction() as session:
        (row,) = await session.all(select(LeaveRow))
    assert (row.state, row.person_id) == ("open", person_id)
    asked = [to for event, to in await leaving.emails() if event == "leave_asked"]
    assert asked == [person_id] * 2
    await leaving.at(leaving.times.ends_at - timedelta(days=5))
    assert (await leaving.state())[:2] == ("open", True)
    await leaving.at(leaving.times.ends_at + SHORTLY)
    assert (await leaving.state())[:2] == ("open", False)
    assert list((await leaving.orders()).values()) == ["RETURN"]


async def test_paid_features_end_with_the_last_day_unless_someone_has_decided(leaving: Leaving) -> None:
    async with leaving.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, leaving.line_id))
        line.features = ["FEATURE-1"]
        await session.exec(update(PriceRow).where(col(PriceRow.sku) == "FEATURE-1").values(monthly=5))
    await leaving.start()
    await leaving.at(leaving.times.ends_at + SHORTLY)
    assert (await leaving.problems(), sorted((await leaving.orders()).values())) == ([], ["FEATURES_CHANGE", "RETURN"])
    async with leaving.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, leaving.line_id))
    assert (line.features, line.status) == ([], "active")
    await leaving.choose(line="disconnect")
    await leaving.at(leaving.times.ends_at + timedelta(hours=2))
    assert (await leaving.problems(), (await leaving.state())[2]) == ([], "disconnected")


@pytest.mark.parametrize("has_manager", [True, False])
async def test_what_cannot_be_ordered_is_told_once_to_who_decides(leaving: Leaving, *, has_manager: bool) -> None:
    async with leaving.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, leaving.line_id))
        line.status = "porting_out"
        person = await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))
        person.manager_id = factories.REQUESTER if has_manager else None
    await leaving.start()
    await leaving.choose(line="disconnect", device="stock")
    for hours in (1, 3):
        await leaving.at(leaving.times.ends_at + timedelta(hours=hours))
    assert len(await leaving.problems()) == 1
    told = [to for event, to in await leaving.emails() if event == "leave_problem"]
    assert told == [factories.REQUESTER if has_manager else factories.ADMIN]


async def test_admins_hear_what_a_person_who_has_left_owned(leaving: Leaving) -> None:
    async with leaving.database.transaction() as session:
        person = await session.get_one(PersonRow, (factories.TENANT, factories.HOLDER))
        person.roles, person.owns = ["owner"], [factories.ACCOUNT]
    await leaving.start()
    await leaving.at(leaving.times.ends_at - SHORTLY)
    assert "leave_owned" not in dict(await leaving.emails())
    await leaving.at(leaving.times.ends_at + SHORTLY)
    assert [to for event, to in await leaving.emails() if event == "leave_owned"] == [factories.ADMIN]
