"""The Order value that workflows get, and what an order's row says of its type and ruling."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlmodel import col, select

from models import questions
from models.carrier_quote import CarrierQuote
from models.db.clauses import matches
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.errors import NotFound
from models.order import Item, Order, OrderRef, OrderRequest, Ruling, Urgency
from models.order_type import FrozenType

_TYPE = TypeAdapter(FrozenType)
_RULING = TypeAdapter(Ruling)
_ITEM = TypeAdapter(Item)
_CARRIER_QUOTE = TypeAdapter(CarrierQuote)


_WITH_ITEMS = (
    select(OrderRow, ItemRow)
    .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
    .where(col(OrderRow.tenant) == param("tenant"), col(OrderRow.id) == param("id"))
    .order_by(col(ItemRow.number))
)
_LOAD = Statement[tuple[OrderRow, ItemRow]](_WITH_ITEMS, OrderRow, ItemRow)
# The items are locked, too: a statement that waits for a lock reads of other rows what was there before.
_LOCK = Statement[tuple[OrderRow, ItemRow]](
    _WITH_ITEMS.with_for_update(of=(OrderRow, ItemRow), key_share=True), OrderRow, ItemRow
)


async def load(session: Session, ref: OrderRef) -> Order:
    """The order with its items, and its type as it was at submit. Raises NotFound."""
    return from_rows(*await load_rows(session, ref))


async def load_rows(session: Session, ref: OrderRef) -> tuple[OrderRow, list[ItemRow]]:
    """The rows of an order and its items, by number. Raises NotFound."""
    return await _rows(session, _LOAD, ref)


async def lock(session: Session, ref: OrderRef) -> Order:
    """Load an order, and lock its row as `lock_order` does. Raises NotFound."""
    return from_rows(*await lock_rows(session, ref))


async def lock_rows(session: Session, ref: OrderRef) -> tuple[OrderRow, list[ItemRow]]:
    """As `load_rows`; the order's is locked as `lock_order` does."""
    return await _rows(session, _LOCK, ref)


async def _rows(
    session: Session, statement: Statement[tuple[OrderRow, ItemRow]], ref: OrderRef
) -> tuple[OrderRow, list[ItemRow]]:
    rows = await session.all(statement, tenant=ref.tenant, id=ref.id)
    if not rows:
        raise NotFound(f'No order matches "{ref.id}".')
    return rows[0][0], [item for _, item in rows]


def type_of(row: OrderRow) -> FrozenType:
    """The order's type as it was at submit."""
    return _TYPE.validate_python(row.type)


def ruling_of(row: OrderRow) -> Ruling:
    """The ruling at submit, or since the price or the approvers have changed."""
    return _RULING.validate_python(row.ruling)


def carrier_quotes_of(row: OrderRow) -> tuple[CarrierQuote, ...]:
    """What the carrier said about each item when the order's price was settled; empty if the type doesn't ask."""
    return tuple(map(_CARRIER_QUOTE.validate_python, (row.ruling or {}).get("carrier_quotes", ())))


def request_of(row: OrderRow, items: Iterable[ItemRow]) -> OrderRequest:
    """The order as a request, to evaluate it again; its secret answers are left out."""
    return OrderRequest(
        tenant=row.tenant,
        type=type_of(row),
        requester_id=row.requester_id,
        beneficiary=row.beneficiary,
        answers={},
        items=tuple(
            {code: answer for code, answer in item.answers.items() if not questions.is_secret(code)} for item in items
        ),
        account_id=row.account_id,
        urgency=Urgency(row.urgency),
        cost_center_one_time=row.cost_center_one_time,
        cost_center_recurring=row.cost_center_recurring,
        order_id=row.id,
    )


def from_rows(row: OrderRow, items: Iterable[ItemRow]) -> Order:
    return Order(
        tenant=row.tenant,
        id=row.id,
        number=row.number,
        type=type_of(row),
        requester_id=row.requester_id,
        beneficiary=row.beneficiary,
        items=tuple(_item(item) for item in items),
        carrier=row.carrier,
        urgency=Urgency(row.urgency),
        effective_at=row.effective_at,
    )


def variant_of(item: FrozenType, order: FrozenType) -> dict[str, Any] | None:
    """What an item's row keeps of its own type."""
    differs = {name: getattr(item, name) for name in ("steps", "effect") if getattr(item, name) != getattr(order, name)}
    return to_jsonable_python(differs) or None


def _item(row: ItemRow) -> Item:
    named = {"line_id": row.line_id, "device_id": row.device_id}
    return _ITEM.validate_python({"id": row.id, "number": row.number, **named, **(row.variant or {})})
