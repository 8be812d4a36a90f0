"""Locks: claims by aspect from submit on, all of a line or device while an order is at the carrier."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import col, select, update

from models.db.inventory.tables import LineRow
from models.db.locks import locks
from models.db.locks.tables import LockRow
from models.db.order_lock import lock_order
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, Session, new_id, utc_now
from models.errors import LineHasOpenOrder, OrderClosed
from models.formatting import PLANNED_CHANGE
from models.lifecycle import Status
from models.lock import HOLD, Thing
from models.order import Order
from models.order_type import Aspect, ThingKind
from tests import factories
from tests.models.db.locks.blocked import wait_until_blocked
from workflows.order_type_registry import order_type

LINE, OTHER = "01LINE00000000000000000ONE", "01LINE00000000000000000TWO"


@pytest.fixture
async def two_lines(database: Database) -> Database:
    await factories.create_company(database)
    async with database.transaction() as session:
        for line_id in (LINE, OTHER):
            line = LineRow(tenant=factories.TENANT, id=line_id, carrier=factories.CARRIER, status="active", plan="P",
                           account_id=factories.ACCOUNT)  # fmt: skip
            session.add(line)
    return database


async def place(database: Database, *aspects: Aspect, lines: Sequence[str] = (LINE,)) -> Order:
    """Submit an order for these lines whose type touches these aspects."""
    kind = replace(order_type("NEW_SERVICE_DEVICE"), touches=aspects)
    return await factories.create_order(database, factories.OrderSpec(type=kind, line_ids=tuple(lines)))


async def claims(database: Database, line_id: str = LINE) -> dict[str, str]:
    async with database.transaction() as session:
        return await locks.claims_on(session, factories.TENANT, Thing(kind=ThingKind.LINE, id=line_id))


async def hold(database: Database, order: Order) -> str | None:
    async with database.transaction() as session:
        return await locks.hold(session, await lock_order(session, order.ref), order, utc_now())


async def release(database: Database, order: Order, item_id: str | None = None) -> None:
    async with database.transaction() as session:
        await locks.release(session, order, item_id=item_id)


async def held_by_timer(database: Database, order: Order) -> str:
    """A timer that the order has started holds the first line; returns its id."""
    timer_id = new_id()
    await release(database, order, order.items[0].id)
    async with database.transaction() as session:
        thing = Thing(kind=ThingKind.LINE, id=LINE)
        assert await locks.hold_thing(session, order.ref, thing, timer_id, utc_now()) is None
    return timer_id


async def set_status(database: Database, order: Order, status: Status) -> None:
    async with database.transaction() as session:
        closed_at = utc_now() if status.final else None
        this = col(OrderRow.id) == order.id
        await session.exec(update(OrderRow).where(this).values(status=status, closed_at=closed_at))


async def woken(database: Database) -> list[str]:
    """The ids of orders that were notified of a released line."""
    async with database.transaction() as session:
        return [row.order_id for row in (await session.exec(select(OutboxRow))).all() if row.name == "lock_released"]


async def test_two_orders_can_claim_different_aspects_of_a_line(two_lines: Database) -> None:
    first, second = await place(two_lines, Aspect.SIM), await place(two_lines, Aspect.PLAN, Aspect.FEATURES)
    assert await claims(two_lines) == {"sim": first.number, "plan": second.number, "features": second.number}


async def test_an_aspect_is_claimed_by_one_order(two_lines: Database) -> None:
    earlier = await place(two_lines, Aspect.SIM)
    with pytest.raises(LineHasOpenOrder) as error:
        await place(two_lines, Aspect.SIM)
    assert error.value.facts == {"order": earlier.number}
    assert await claims(two_lines) == {Aspect.SIM: earlier.number}


async def test_an_order_with_one_conflicting_line_claims_no_line(two_lines: Database) -> None:
    await place(two_lines, Aspect.SIM, lines=[OTHER])
    with pytest.raises(LineHasOpenOrder):
        await place(two_lines, Aspect.SIM, lines=[LINE, OTHER])
    assert await claims(two_lines, LINE) == {}


async def test_of_concurrent_orders_one_claims_the_line(two_lines: Database) -> None:
    results = await asyncio.gather(*(place(two_lines, Aspect.SIM) for _ in range(8)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["LineHasOpenOrder"] * 7 + ["Order"]


async def test_concurrent_orders_for_the_same_lines_in_opposite_order_do_not_deadlock(two_lines: Database) -> None:
    both = [[LINE, OTHER], [OTHER, LINE]] * 4
    results = await asyncio.gather(
        *(place(two_lines, Aspect.SIM, lines=lines) for lines in both), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["LineHasOpenOrder"] * 7 + ["Order"]


async def test_a_line_is_held_by_one_order_and_others_get_its_number(two_lines: Database) -> None:
    first, second = await place(two_lines, Aspect.SIM), await place(two_lines, Aspect.PLAN)
    assert await hold(two_lines, first) is None
    assert await hold(two_lines, first) is None
    assert await hold(two_lines, second) == first.number
    await release(two_lines, first)
    assert await hold(two_lines, second) is None


async def test_an_order_that_cannot_hold_one_line_holds_no_line(two_lines: Database) -> None:
    first = await place(two_lines, Aspect.SIM, lines=[OTHER])
    second = await place(two_lines, Aspect.PLAN, lines=[LINE, OTHER])
    await hold(two_lines, first)
    assert await hold(two_lines, second) == first.number
    assert HOLD not in await claims(two_lines, LINE)


async def test_a_closed_order_cannot_hold_a_line(two_lines: Database) -> None:
    order = await place(two_lines, Aspect.SIM)
    await set_status(two_lines, order, Status.CANCELED)
    await release(two_lines, order)
    with pytest.raises(OrderClosed, match="closed"):
        await hold(two_lines, order)
    assert await claims(two_lines) == {}


async def test_releasing_a_line_wakes_the_open_orders_for_it(two_lines: Database) -> None:
    first, waiting = await place(two_lines, Aspect.SIM), await place(two_lines, Aspect.PLAN)
    elsewhere, ended = await place(two_lines, Aspect.SIM, lines=[OTHER]), await place(two_lines, Aspect.DEVICE)
    for order, status in ((waiting, Status.ON_HOLD), (elsewhere, Status.ON_HOLD)):
        await set_status(two_lines, order, status)
    await set_status(two_lines, ended, Status.CANCELED)
    await release(two_lines, first)
    assert await woken(two_lines) == [waiting.id]


async def test_an_order_can_release_the_line_of_one_item(two_lines: Database) -> None:
    order = await place(two_lines, Aspect.SIM, lines=[LINE, OTHER])
    await hold(two_lines, order)
    await release(two_lines, order, order.items[0].id)
    assert (await claims(two_lines, LINE), set(await claims(two_lines, OTHER))) == ({}, {"sim", "hold"})


async def test_the_end_of_an_order_releases_nothing_that_a_timer_of_it_holds(two_lines: Database) -> None:
    """Its other line is at the carrier, or waits, while the timer asks the carrier about this one."""
    order = await place(two_lines, Aspect.SIM, lines=[LINE, OTHER])
    timer_id = await held_by_timer(two_lines, order)
    await release(two_lines, order)
    assert (await claims(two_lines, LINE), await claims(two_lines, OTHER)) == ({HOLD: PLANNED_CHANGE}, {})
    await release(two_lines, order, timer_id)
    assert await claims(two_lines, LINE) == {}


async def test_an_order_waits_for_the_change_that_a_timer_makes_not_for_its_order(two_lines: Database) -> None:
    """The order that started the timer has ended long ago."""
    order = await place(two_lines, Aspect.SIM)
    await held_by_timer(two_lines, order)
    await set_status(two_lines, order, Status.COMPLETED)
    waiting = await place(two_lines, Aspect.PLAN)
    assert await hold(two_lines, waiting) == PLANNED_CHANGE
    async with two_lines.transaction() as session:
        thing = Thing(kind=ThingKind.LINE, id=LINE)
        assert await locks.held_by(session, waiting, thing, utc_now()) == PLANNED_CHANGE
        assert await locks.hold_thing(session, order.ref, thing, new_id(), utc_now()) == PLANNED_CHANGE


async def test_releasing_no_line_wakes_no_order(two_lines: Database) -> None:
    first, second = await place(two_lines, Aspect.SIM), await place(two_lines, Aspect.PLAN)
    await set_status(two_lines, second, Status.ON_HOLD)
    await release(two_lines, first, new_id())
    assert await woken(two_lines) == []


async def test_claims_stay_in_their_tenant(two_lines: Database) -> None:
    await place(two_lines, Aspect.SIM)
    async with two_lines.transaction() as session:
        assert await locks.claims_on(session, "another", Thing(kind=ThingKind.LINE, id=LINE)) == {}
        taken = (await session.exec(select(LockRow))).all()
    assert {row.tenant for row in taken} == {factories.TENANT}


async def approve_and_hold(session: Session, order: Order) -> str | None:
    """What PLACE does: it records the pending events and tries to hold the lines, in one transaction."""
    values = {"status": Status.APPROVED}
    await session.exec(update(OrderRow).where(col(OrderRow.id) == order.id).values(values))
    return await locks.hold(session, await lock_order(session, order.ref), order, utc_now())


@pytest.mark.fault("15")
@pytest.mark.parametrize("status", [Status.AWAITING_APPROVAL, Status.SCHEDULED, Status.FAILED])
async def test_an_order_that_is_about_to_wait_is_woken(two_lines: Database, status: Status) -> None:
    """Its status in the database says that it waits for something else, until the transaction ends."""
    first, second = await place(two_lines, Aspect.SIM), await place(two_lines, Aspect.PLAN)
    await hold(two_lines, first)
    await set_status(two_lines, second, status)
    async with two_lines.transaction() as session:
        assert await approve_and_hold(session, second) == first.number
        releasing = asyncio.create_task(release(two_lines, first))
        await wait_until_blocked(two_lines)
    await releasing
    assert await woken(two_lines) == [second.id]


@pytest.mark.fault("15")
async def test_an_order_that_begins_to_wait_during_the_release_gets_the_line(two_lines: Database) -> None:
    first, second = await place(two_lines, Aspect.SIM), await place(two_lines, Aspect.PLAN)
    await hold(two_lines, first)
    async with two_lines.transaction() as session:
        await locks.release(session, first)
        holding = asyncio.create_task(hold(two_lines, second))
        await wait_until_blocked(two_lines)
    assert await holding is None


@pytest.mark.fault("15")
async def test_an_order_is_woken_that_claims_nothing_of_the_line(two_lines: Database) -> None:
    first, second = await place(two_lines, Aspect.SIM), await place(two_lines)
    await hold(two_lines, first)
    assert await hold(two_lines, second) == first.number
    await release(two_lines, first)
    assert await woken(two_lines) == [second.id]
