"""Which quotes an order is evaluated with: those of its ruling, unless the carrier has said something since."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.carrier_quote import UNKNOWN, CarrierQuote
from models.db.carriers import carrier_quotes
from models.db.carriers.tables import CarrierQuoteRow
from models.db.facts.base import for_order
from models.db.orders import order_rows
from models.db.orders.tables import OrderRow
from models.db.session import Database, utc_now
from models.facts import Facts
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of, quote_of
from models.order import Order
from policies.eligibility import needs_again
from tests import factories
from tests.workflows.test_quoted_orders import QUOTED

OLD, NEW = CarrierQuote(eligible=True, etf=Decimal("120.00")), CarrierQuote(eligible=True, etf=Decimal("180.00"))


@pytest.fixture
async def order(database: Database) -> Order:
    """An order whose ruling has the old quote."""
    await factories.create_company(database)
    created = await factories.create_order(database, factories.OrderSpec(type=QUOTED))
    async with database.transaction() as session:
        row = await session.get_one(OrderRow, (created.tenant, created.id))
        row.ruling = {**(row.ruling or {}), "carrier_quotes": [{"eligible": True, "etf": "120.00"}]}
    return created


async def facts(database: Database, order: Order, *, with_needs: bool = True) -> Facts:
    async with database.read() as session:
        row, items = await order_rows.row_of(session, order.ref), await order_rows.items_of(session, order.ref)
        return await for_order(session, row, items, needs=needs_again(QUOTED) if with_needs else ())


async def say(database: Database, order: Order, quote: CarrierQuote, *, ago: timedelta = timedelta()) -> None:
    known = await facts(database, order)
    content = content_of(known, 0)
    await database.run(
        carrier_quotes.keep, order.tenant, {content: quote}, {content: order.items[0].line_id}, known.now - ago
    )


@pytest.mark.parametrize(
    ("said", "ago", "counts"),
    [(None, 0, OLD), (NEW, 0, NEW), (NEW, 9, NEW), (NEW, 11, OLD), (UNKNOWN, 0, OLD)],
)
async def test_the_newest_answer_of_ten_minutes_counts_and_silence_does_not(
    database: Database, order: Order, said: CarrierQuote | None, ago: int, counts: CarrierQuote
) -> None:
    if said is not None:
        await say(database, order, said, ago=timedelta(minutes=ago))
    assert quote_of(await facts(database, order), 0) == counts


async def test_what_was_approved_is_known_without_a_statement_more(database: Database, order: Order) -> None:
    known = await facts(database, order, with_needs=False)
    assert list(CARRIER_QUOTES.of(known).values()) == [OLD]


async def test_an_answer_replaces_the_one_before_and_removes_what_has_expired(database: Database, order: Order) -> None:
    async with database.transaction() as session:
        session.add(CarrierQuoteRow(tenant=order.tenant, content="0" * 64, quote={}, kept_until=utc_now()))
    await say(database, order, OLD)
    await say(database, order, NEW)
    async with database.transaction() as session:
        kept = await carrier_quotes.kept(session, order.tenant, [order.items[0].line_id or ""], utc_now())
        assert list(kept.values()) == [NEW]
        assert await session.get(CarrierQuoteRow, (order.tenant, "0" * 64)) is None
