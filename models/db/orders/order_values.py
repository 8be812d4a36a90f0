"""Orders as the values that cross the wire, read from their rows."""

from pydantic import TypeAdapter
from sqlmodel import col, select

from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.errors import NotFound
from models.order import Item, Order, OrderRef, Ruling, Urgency
from models.order_type import OrderType

_TYPE = TypeAdapter(OrderType)
_RULING = TypeAdapter(Ruling)


async def load(session: Session, ref: OrderRef) -> Order:
    """The order with its items and the type it was placed under. Raises NotFound."""
    found = await session.exec(
        select(OrderRow, ItemRow)
        .join(ItemRow, (col(ItemRow.tenant) == col(OrderRow.tenant)) & (col(ItemRow.order_id) == col(OrderRow.id)))
        .where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
        .order_by(col(ItemRow.number))
    )
    rows = found.all()
    if not rows:
        raise NotFound(f"There is no order {ref.id}.")
    return from_rows(rows[0][0], [item for _, item in rows])


async def items_of(session: Session, ref: OrderRef) -> list[ItemRow]:
    """The items of an order, in their order."""
    found = await session.exec(
        select(ItemRow)
        .where(col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id)
        .order_by(col(ItemRow.number))
    )
    return list(found.all())


async def row_of(session: Session, ref: OrderRef) -> OrderRow:
    """The row of an order that exists."""
    return await session.get_one(OrderRow, (ref.tenant, ref.id))


async def row_with_disabled_emails(session: Session, ref: OrderRef) -> tuple[OrderRow, list[str]]:
    """The row of an order, read anew, and the emails its tenant has turned off."""
    found = await session.exec(
        select(OrderRow, col(TenantRow.disabled_emails))
        .join(TenantRow, col(TenantRow.id) == col(OrderRow.tenant))
        .where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def lock(session: Session, ref: OrderRef) -> OrderRow:
    """The row of an order that exists, locked until the transaction ends."""
    return await session.get_one(OrderRow, (ref.tenant, ref.id), with_for_update=True)


def type_of(row: OrderRow) -> OrderType:
    """The type an order was placed under."""
    return _TYPE.validate_python(row.type)


def ruling_of(row: OrderRow) -> Ruling:
    """The ruling an order was placed under."""
    return _RULING.validate_python(row.ruling)


def from_rows(row: OrderRow, items: list[ItemRow]) -> Order:
    """An order's wire value from its rows."""
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
