"""Whose own order an order is."""

from collections.abc import Sequence

from models.db.facts.base import tied_today
from models.db.orders import order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.facts import Facts


async def tied_people(session: Session, row: OrderRow, items: Sequence[ItemRow]) -> frozenset[str]:
    """The ids of the people who may not decide the order: it was their own at submit, or it is today.

    Someone can get a line, or become the contact of its site, while the order waits for approval.
    """
    return (await tied_today(session, row, items)).union(order_values.ruling_of(row).tied)


def tied_on(today: Facts, row: OrderRow) -> frozenset[str]:
    """The same from the order's facts of a day."""
    return today.tied.union(order_values.ruling_of(row).tied)
