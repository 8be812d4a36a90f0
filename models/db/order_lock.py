"""The lock that every change of an order begins with."""

from sqlmodel import col, select

from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.order import OrderRef

_LOCK = Statement[OrderRow](
    select(OrderRow)
    .where(col(OrderRow.tenant) == param("tenant"), col(OrderRow.id) == param("id"))
    .with_for_update(key_share=True),
    OrderRow,
)


async def lock_order(session: Session, ref: OrderRef) -> OrderRow:
    """The row of an order that exists, as it is now, locked until the transaction ends.

    A transaction that changes rows of an order locks this row before any of them: with one order of locks, no two
    transactions wait for each other. Rows that reference the order can be inserted meanwhile.
    """
    (row,) = await session.all(_LOCK, tenant=ref.tenant, id=ref.id)
    return row
