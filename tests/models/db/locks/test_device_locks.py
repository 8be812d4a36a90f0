"""Locks on devices: of orders about a device, and of orders about the line that it is on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select, update

from models.db.inventory.tables import LineRow
from models.db.locks import locks
from models.db.locks.tables import LockRow
from models.db.order_lock import lock_order
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, utc_now
from models.errors import DeviceReserved, LineHasOpenOrder, PublicError
from models.lock import HOLD, Thing
from models.order import Order
from models.order_type import Aspect, OrderType, ThingKind
from tests import factories
from tests.fixtures.statements import recorded_statements
from tests.models.db.locks.blocked import wait_until_blocked
from tests.sample_types import sample_type

RETURN = sample_type("device_held", touches=(Aspect.USE, Aspect.GOING_BACK))
MOVE = sample_type("line", touches=(Aspect.DEVICE,))
SUSPEND = sample_type("line", touches=(Aspect.STATUS,))
UNLOCKED = sample_type("device_held")


@pytest.fixture
async def lines(database: Database) -> tuple[str, str]:
    """Two lines, each with a device of the same id."""
    await factories.create_company(database)
    async with database.transaction() as session:
        return await factories.create_line(session), await factories.create_line(session)


async def place(database: Database, kind: OrderType, *ids: str) -> Order:
    named: dict[str, Any] = {"device_ids" if kind.about_devices else "line_ids": ids}
    return await factories.create_order(database, factories.OrderSpec(type=kind, **named))


def with_claims(order: Order) -> Order:
    return replace(order, type=replace(order.type, touches=(Aspect.USE,)))


async def claim(database: Database, order: Order) -> None:
    async with database.transaction() as session:
        await locks.claim(session, order, utc_now())


async def locked(database: Database) -> set[tuple[str, str, str]]:
    async with database.transaction() as session:
        return {(row.kind, row.id, row.aspect) for row in (await session.exec(select(LockRow))).all()}


async def release(database: Database, order: Order) -> None:
    async with database.transaction() as session:
        await locks.release(session, order)


async def hold(database: Database, order: Order) -> str | None:
    async with database.transaction() as session:
        return await locks.hold(session, await lock_order(session, order.ref), order, utc_now())


async def refused(database: Database, kind: OrderType, *ids: str) -> tuple[str, str | None, dict[str, str]]:
    """The code, the field and the facts of the refusal."""
    with pytest.raises(PublicError) as error:
        await place(database, kind, *ids)
    return error.value.code, error.value.field, error.value.facts


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [(RETURN, RETURN, "items.0.device_held"), (MOVE, RETURN, "items.0.device_held"), (RETURN, MOVE, "items.0.line")],
)
async def test_of_two_orders_for_one_device_the_second_is_refused_with_the_first_one_s_number(
    database: Database, lines: tuple[str, str], first: OrderType, second: OrderType, field: str
) -> None:
    earlier = await place(database, first, lines[0])
    assert await refused(database, second, lines[0]) == ("DEVICE_RESERVED", field, {"order": earlier.number})
    await release(database, earlier)
    await place(database, second, lines[0])


async def test_the_refused_item_is_named(database: Database, lines: tuple[str, str]) -> None:
    earlier = await place(database, RETURN, lines[1])
    assert await refused(database, RETURN, *lines) == (
        "DEVICE_RESERVED",
        "items.1.device_held",
        {"order": earlier.number},
    )
    assert {thing for _, thing, _ in await locked(database)} == {lines[1]}


async def test_an_order_locks_the_device_of_its_line_only_if_it_touches_the_device(
    database: Database, lines: tuple[str, str]
) -> None:
    await place(database, SUSPEND, lines[0])
    await place(database, MOVE, lines[1])
    await place(database, RETURN, lines[0])
    assert await locked(database) == {
        ("line", lines[0], "status"),
        ("line", lines[1], "device"),
        ("device", lines[1], "use"),
        ("device", lines[0], "use"),
        ("device", lines[0], "return"),
    }


async def test_a_line_without_a_device_locks_none(database: Database, lines: tuple[str, str]) -> None:
    async with database.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.id) == lines[0]).values(device_id=None))
    await place(database, MOVE, lines[0])
    assert await locked(database) == {("line", lines[0], "device")}


async def test_an_order_about_a_line_says_that_the_line_is_what_is_locked(
    database: Database, lines: tuple[str, str]
) -> None:
    earlier = await place(database, MOVE, lines[0])
    with pytest.raises(LineHasOpenOrder, match=f"Order {earlier.number} is in progress for this line") as error:
        await place(database, MOVE, lines[0])
    assert error.value.field == "items.0.line"


@pytest.mark.parametrize("pair", [(RETURN, MOVE), (MOVE, RETURN), (RETURN, RETURN)])
async def test_of_concurrent_orders_for_the_same_devices_in_any_order_one_wins(
    database: Database, lines: tuple[str, str], pair: tuple[OrderType, OrderType]
) -> None:
    both: Sequence[tuple[str, ...]] = [lines, lines[::-1]]
    attempts = [place(database, kind, *ids) for kind in pair for ids in both for _ in range(2)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    (winner,) = [one for one in results if isinstance(one, Order)]
    others = [one for one in results if one is not winner]
    assert {type(one) for one in others} <= {DeviceReserved, LineHasOpenOrder}, others
    assert {one.facts["order"] for one in others if isinstance(one, PublicError)} == {winner.number}


async def test_an_order_waits_until_the_device_is_no_longer_held(database: Database, lines: tuple[str, str]) -> None:
    """Their aspects differ, so both are submitted; at the carrier is one at a time."""
    first = await place(database, sample_type("device_held", touches=(Aspect.GOING_BACK,)), lines[0])
    second = await place(database, MOVE, lines[0])
    assert await hold(database, first) is None
    assert await hold(database, second) == first.number
    assert ("line", lines[0], HOLD) not in await locked(database)
    await release(database, first)
    async with database.transaction() as session:
        woken = (await session.exec(select(OutboxRow).where(col(OutboxRow.name) == "lock_released"))).all()
    assert [row.order_id for row in woken] == [second.id]
    assert await hold(database, second) is None
    assert {("line", lines[0], HOLD), ("device", lines[0], HOLD)} <= await locked(database)


async def test_an_order_that_waits_keeps_what_it_holds_already(database: Database, lines: tuple[str, str]) -> None:
    """A second round begins while an item of the first one is still at the carrier."""
    first, second = await place(database, SUSPEND, *lines), await place(database, MOVE, lines[0])
    assert await hold(database, first) is None
    async with database.transaction() as session:
        await locks.release(session, first, item_id=first.items[0].id)
    assert await hold(database, second) is None
    assert await hold(database, first) == second.number
    assert ("line", lines[1], HOLD) in await locked(database)


async def test_nobody_holds_a_thing_until_a_transaction_ends_that_found_it_free(
    database: Database, lines: tuple[str, str]
) -> None:
    first, second = await place(database, SUSPEND, lines[0]), await place(database, MOVE, lines[0])
    thing = Thing(kind=ThingKind.LINE, id=lines[0])
    async with database.transaction() as session:
        assert await locks.held_by(session, first, thing, utc_now()) is None
        holding = asyncio.create_task(hold(database, second))
        await wait_until_blocked(database)
    assert await holding is None
    async with database.transaction() as session:
        assert await locks.held_by(session, first, thing, utc_now()) == second.number
        assert await locks.held_by(session, second, thing, utc_now()) is None
    assert ("line", lines[0], HOLD) in await locked(database)


async def test_a_thing_is_locked_in_its_tenant_only(database: Database, lines: tuple[str, str]) -> None:
    order = await place(database, RETURN, lines[0])
    async with database.transaction() as session:
        items, touches = order.items, order.type.touches
        with pytest.raises(DeviceReserved):
            await locks.check_claims(session, factories.TENANT, items, touches)
        await locks.check_claims(session, "another", items, touches)
        assert (await session.get_one(OrderRow, (factories.TENANT, order.id))).number == order.number


async def test_claims_take_one_statement(database: Database, lines: tuple[str, str]) -> None:
    order = await place(database, MOVE, *lines)
    await release(database, order)
    async with recorded_statements(database) as sent, database.transaction() as session:
        await locks.claim(session, order, utc_now())
    assert len(sent) == 1, sent


async def test_locks_are_taken_in_one_sequence_whatever_the_items_are(database: Database) -> None:
    """An order that waits for the first of its things has locked none of the others yet."""
    await factories.create_company(database)
    async with database.transaction() as session:
        devices = sorted([await factories.create_device(session) for _ in range(4)])
    orders = [await place(database, UNLOCKED, *ids) for ids in (devices[:1], devices[::-1], devices[-1:])]
    first, waiting, last = map(with_claims, orders)
    async with database.transaction() as session:
        await locks.claim(session, first, utc_now())
        claiming = asyncio.create_task(claim(database, waiting))
        await wait_until_blocked(database)
        await claim(database, last)
    with pytest.raises(DeviceReserved):
        await claiming
