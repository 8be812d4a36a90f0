"""An order's rows as a database that was restored to an older moment has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import col, delete, text, update

from models.db.carriers.tables import CarrierOrderRow
from models.db.clauses import belongs_to_order
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.session import Session
from models.db.tasks.tables import TaskRow
from models.order import Order
from tests.e2e.monitored_orders import MonitoredOrders


@asynccontextmanager
async def old_rows(orders: MonitoredOrders) -> AsyncIterator[Session]:
    """Change rows that are only added to, as an older database would have them."""
    async with orders.database.transaction() as session:
        await (await session.connection()).execute(text("SET LOCAL session_replication_role = replica"))
        yield session


async def set_row_back(orders: MonitoredOrders, order: Order, seq: int) -> None:
    """Set the order back to its event `seq`, without its submissions to the carrier and later tasks."""
    async with old_rows(orders) as session:
        event = await session.get_one(EventRow, (order.tenant, order.id, seq))
        await session.exec(delete(EventRow).where(belongs_to_order(EventRow, order), col(EventRow.seq) > seq))
        await session.exec(delete(TaskRow).where(belongs_to_order(TaskRow, order), col(TaskRow.seq) > seq))
        await session.exec(delete(CarrierOrderRow).where(belongs_to_order(CarrierOrderRow, order)))
        earlier = {"seq": seq, "status": event.status}
        await session.exec(update(OrderRow).where(col(OrderRow.id) == order.id).values(earlier))
        await session.exec(update(ItemRow).where(belongs_to_order(ItemRow, order)).values(seq=seq, state="reserved"))
