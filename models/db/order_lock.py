"""The lock that every change of an order begins with."""

from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.order import OrderRef


async def lock_order(session: Session, ref: OrderRef) -> OrderRow:
    """The row of an order that exists, refreshed and locked until the transaction ends.

    A transaction that changes rows of an order locks this row before any of them: with one order of locks, no two
    transactions wait for each other. Rows that reference the order can be inserted meanwhile.
    """
    key = (ref.tenant, ref.id)
    return await session.get_one(OrderRow, key, with_for_update={"key_share": True}, populate_existing=True)
