"""Claims on lines: by aspect while orders wait, the whole line while one is with its carrier."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import col, select, update

from models.db import line_locks
from models.db.inventory.tables import LineLockRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from models.errors import LineHasOpenOrder, OrderClosed
from models.lifecycle import Status
from models.order import Order
from models.order_type import Aspect
from tests import factories
from workflows.order_type_registry import order_type

LINE, OTHER = "01LINE00000000000000000ONE", "01LINE00000000000000000TWO"


@pytest.fixture
async def tiny(database: Database) -> Database:
    await factories.found(database)
    async with database.transaction() as session:
        for line_id in (LINE, OTHER):
            line = LineRow(tenant=factories.TENANT, id=line_id, carrier=factories.CARRIER, status="active", plan="P",
                           account_id=factories.ACCOUNT)  # fmt: skip
            session.add(line)
    return database


async def place(database: Database, *aspects: Aspect, lines: Sequence[str] = (LINE,)) -> Order:
    """An order for these lines that touches these aspects, with its claims."""
    kind = replace(order_type("NEW_SERVICE_DEVICE"), touches=aspects)
    return await factories.place(database, factories.Placing(type=kind, line_ids=tuple(lines)))


async def claims(database: Database, line_id: str = LINE) -> dict[str, str]:
    async with database.transaction() as session:
        return await line_locks.claims_on(session, factories.TENANT, line_id)


async def hold(database: Database, order: Order) -> str | None:
    async with database.transaction() as session:
        return await line_locks.hold(session, order, utc_now())


async def release(database: Database, order: Order, item_id: str | None = None) -> None:
    async with database.transaction() as session:
        await line_locks.release(session, order, item_id=item_id)


async def become(database: Database, order: Order, status: Status) -> None:
    async with database.transaction() as session:
        ended = utc_now() if status.final else None
        mine = col(OrderRow.id) == order.id
        await session.exec(update(OrderRow).where(mine).values(status=status, closed_at=ended))


async def woken(database: Database) -> list[str]:
    """The orders that are told that a line is free."""
    async with database.transaction() as session:
        return [row.order_id for row in (await session.exec(select(OutboxRow))).all() if row.name == "line_released"]


async def test_two_orders_may_wait_on_different_aspects_of_a_line(tiny: Database) -> None:
    first, second = await place(tiny, Aspect.SIM), await place(tiny, Aspect.PLAN, Aspect.FEATURES)
    assert await claims(tiny) == {"sim": first.number, "plan": second.number, "features": second.number}


@pytest.mark.parametrize(
    ("first", "second"),
    [(Aspect.SIM, Aspect.SIM), (Aspect.ALL, Aspect.PLAN), (Aspect.PLAN, Aspect.ALL)],
)
async def test_an_aspect_is_claimed_by_one_order(tiny: Database, first: Aspect, second: Aspect) -> None:
    earlier = await place(tiny, first)
    with pytest.raises(LineHasOpenOrder) as refused:
        await place(tiny, second)
    assert refused.value.facts == {"order": earlier.number}
    assert await claims(tiny) == {first: earlier.number}


async def test_an_order_that_is_refused_one_line_claims_none(tiny: Database) -> None:
    await place(tiny, Aspect.SIM, lines=[OTHER])
    with pytest.raises(LineHasOpenOrder):
        await place(tiny, Aspect.SIM, lines=[LINE, OTHER])
    assert await claims(tiny, LINE) == {}


async def test_of_orders_placed_at_the_same_time_one_gets_the_line(tiny: Database) -> None:
    placed = await asyncio.gather(*(place(tiny, Aspect.SIM) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in placed) == ["LineHasOpenOrder"] * 7 + ["Order"]


async def test_orders_that_want_the_same_lines_the_other_way_round_never_wait_in_a_circle(tiny: Database) -> None:
    both = [[LINE, OTHER], [OTHER, LINE]] * 4
    placed = await asyncio.gather(*(place(tiny, Aspect.SIM, lines=lines) for lines in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in placed) == ["LineHasOpenOrder"] * 7 + ["Order"]


async def test_a_line_is_held_by_one_order_which_the_others_are_named(tiny: Database) -> None:
    first, second = await place(tiny, Aspect.SIM), await place(tiny, Aspect.PLAN)
    assert await hold(tiny, first) is None
    assert await hold(tiny, first) is None
    assert await hold(tiny, second) == first.number
    await release(tiny, first)
    assert await hold(tiny, second) is None


async def test_an_order_that_cannot_hold_one_line_holds_none(tiny: Database) -> None:
    first = await place(tiny, Aspect.SIM, lines=[OTHER])
    second = await place(tiny, Aspect.PLAN, lines=[LINE, OTHER])
    await hold(tiny, first)
    assert await hold(tiny, second) == first.number
    assert line_locks.HOLD not in await claims(tiny, LINE)


async def test_an_order_that_has_ended_holds_nothing(tiny: Database) -> None:
    order = await place(tiny, Aspect.SIM)
    await become(tiny, order, Status.CANCELED)
    await release(tiny, order)
    with pytest.raises(OrderClosed, match="CANCELED"):
        await hold(tiny, order)
    assert await claims(tiny) == {}


async def test_letting_go_of_a_line_wakes_the_orders_that_wait_for_it(tiny: Database) -> None:
    first, waiting = await place(tiny, Aspect.SIM), await place(tiny, Aspect.PLAN)
    elsewhere, at_approval = await place(tiny, Aspect.SIM, lines=[OTHER]), await place(tiny, Aspect.DEVICE)
    for order, status in ((waiting, Status.ON_HOLD), (elsewhere, Status.ON_HOLD)):
        await become(tiny, order, status)
    await become(tiny, at_approval, Status.AWAITING_APPROVAL)
    await release(tiny, first)
    assert await woken(tiny) == [waiting.id]


async def test_an_order_lets_go_of_the_line_of_one_item_and_keeps_the_others(tiny: Database) -> None:
    order = await place(tiny, Aspect.SIM, lines=[LINE, OTHER])
    await hold(tiny, order)
    await release(tiny, order, order.items[0].id)
    assert (await claims(tiny, LINE), set(await claims(tiny, OTHER))) == ({}, {"sim", "hold"})


async def test_letting_go_of_nothing_wakes_nobody(tiny: Database) -> None:
    first, second = await place(tiny, Aspect.SIM), await place(tiny, Aspect.PLAN)
    await become(tiny, second, Status.ON_HOLD)
    await release(tiny, first, new_id())
    assert await woken(tiny) == []


async def test_claims_stay_in_their_company(tiny: Database) -> None:
    await place(tiny, Aspect.SIM)
    async with tiny.transaction() as session:
        assert await line_locks.claims_on(session, "another", LINE) == {}
        taken = (await session.exec(select(LineLockRow))).all()
    assert {row.tenant for row in taken} == {factories.TENANT}
