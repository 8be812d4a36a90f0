"""An order's rows, and the Order value that workflows get."""

from pydantic import TypeAdapter
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.errors import NotFound, OrderClosed
from models.order import Item, Order, OrderRef, Ruling, Urgency
from models.order_type import OrderType

_TYPE = TypeAdapter(OrderType)
_RULING = TypeAdapter(Ruling)


async def load(session: Session, ref: OrderRef) -> Order:
    """The order with its items, and its type as it was at submit. Raises NotFound."""
    rows = await session.all(
        select(OrderRow, ItemRow)
        .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
        .where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
        .order_by(col(ItemRow.number))
    )
    if not rows:
        raise NotFound(f'No order matches "{ref.id}".')
    return from_rows(rows[0][0], [item for _, item in rows])


async def items_of(session: Session, ref: OrderRef) -> list[ItemRow]:
    """The items of an order, by number."""
    return await session.all(select(ItemRow).where(belongs_to_order(ItemRow, ref)).order_by(col(ItemRow.number)))


async def row_of(session: Session, ref: OrderRef) -> OrderRow:
    """The row of an order that exists."""
    return await session.get_one(OrderRow, (ref.tenant, ref.id))


async def row_with_disabled_emails(session: Session, ref: OrderRef) -> tuple[OrderRow, list[str]]:
    """The row of an order that exists, refreshed, and the emails its tenant has turned off."""
    found = await session.exec(
        select(OrderRow, col(TenantRow.disabled_emails))
        .join(TenantRow, col(TenantRow.id) == col(OrderRow.tenant))
        .where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def lock(session: Session, ref: OrderRef, *, key_share: bool = False) -> OrderRow:
    """The row of an order that exists, refreshed and locked until the transaction ends.

    With `key_share`, rows that reference the order can be inserted meanwhile.
    """
    mode = {"key_share": key_share}
    return await session.get_one(OrderRow, (ref.tenant, ref.id), with_for_update=mode, populate_existing=True)


async def lock_open(session: Session, ref: OrderRef, *, key_share: bool = False) -> OrderRow:
    """Lock an order as `lock` does. Raises OrderClosed."""
    row = await lock(session, ref, key_share=key_share)
    if row.closed_at is not None:
        raise OrderClosed(f"Order {row.number} is closed.")
    return row


def type_of(row: OrderRow) -> OrderType:
    """The order's type as it was at submit."""
    return _TYPE.validate_python(row.type)


def ruling_of(row: OrderRow) -> Ruling:
    """The ruling at submit."""
    return _RULING.validate_python(row.ruling)


def from_rows(row: OrderRow, items: list[ItemRow]) -> Order:
    return Order(
        tenant=row.tenant,
        id=row.id,
        number=row.number,
        type=type_of(row),
        requester_id=row.requester_id,
        beneficiary_id=row.beneficiary_id,
        items=tuple(Item(id=item.id, number=item.number, line_id=item.line_id) for item in items),
        carrier=row.carrier,
        urgency=Urgency(row.urgency),
        effective_at=row.effective_at,
    )
