"""The timers of a line: its suspensions, and the one that runs."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models.db.line_timers import line_timers
from models.db.line_timers.tables import LineTimerRow
from models.db.session import Database, new_id
from models.order import Order
from tests import factories
from workflows.order_type_registry import order_types_by_code

NOW = datetime(2026, 11, 16, 15, tzinfo=UTC)


@pytest.fixture
async def order(database: Database) -> Order:
    await factories.create_company(database)
    return await factories.create_order(database, factories.OrderSpec(type=order_types_by_code()["SERVICE_SUSPEND"]))


def timer(order: Order, *, began: int, ended: int | None = None) -> LineTimerRow:
    """A suspension of the order's line that began, and ended, this many days ago."""
    (item,) = order.items
    assert item.line_id is not None
    return LineTimerRow(
        tenant=order.tenant,
        id=new_id(),
        kind="suspension",
        line_id=item.line_id,
        order_id=order.id,
        item_id=item.id,
        reason="vacation",
        began_at=NOW - timedelta(days=began),
        seq_offset=1_000_000,
        rule_text="",
        rule_source="",
        state="running" if ended is None else "ended",
        outcome=None if ended is None else "resumed",
        ended_at=None if ended is None else NOW - timedelta(days=ended),
    )


@pytest.mark.parametrize(
    ("suspensions", "found"),
    [
        ([], []),
        ([(30, 20)], [(30, 20)]),
        ([(100, 90), (300, 250)], [(300, 250), (100, 90)]),
        ([(500, 400)], []),
        ([(400, 350)], [(400, 350)]),
        ([(5, None)], [(5, 0)]),
    ],
)
async def test_suspensions_in_the_past_year_are_found(
    database: Database,
    order: Order,
    suspensions: list[tuple[int, int | None]],
    found: list[tuple[int, int]],
) -> None:
    async with database.transaction() as session:
        session.add_all([timer(order, began=began, ended=ended) for began, ended in suspensions])
        await session.flush()
        line_id = order.items[0].line_id or ""
        known = await line_timers.periods(session, order.tenant, [line_id, "another"], until=NOW)
        periods = [(NOW - one.began, NOW - one.ended) for one in known.get(line_id, ())]
        assert periods == [(timedelta(days=began), timedelta(days=ended)) for began, ended in found]


async def test_the_time_in_which_a_number_can_be_recovered_is_no_suspension(database: Database, order: Order) -> None:
    disconnected = timer(order, began=9)
    disconnected.kind = "recover_window"
    async with database.transaction() as session:
        session.add(disconnected)
        await session.flush()
        line_id = order.items[0].line_id or ""
        assert await line_timers.periods(session, order.tenant, [line_id], until=NOW) == {}
        latest = await line_timers.latest(session, order.tenant, line_id)
        assert latest is not None
        assert latest.id == disconnected.id


async def test_a_line_has_one_running_timer_of_its_status(database: Database, order: Order) -> None:
    async with database.transaction() as session:
        session.add(timer(order, began=1))
        session.add(timer(order, began=9, ended=5))
    with pytest.raises(IntegrityError, match="line_timer_of_status"):
        async with database.transaction() as session:
            session.add(timer(order, began=0))
