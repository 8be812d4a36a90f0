"""The Order value that workflows get, and what an order's row says of its type and ruling."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from models import questions
from models.carrier_quote import CarrierQuote
from models.db.clauses import matches
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.errors import NotFound
from models.order import Item, Order, OrderRef, OrderRequest, Ruling, Urgency
from models.order_type import FrozenType

_TYPE = TypeAdapter(FrozenType)
_RULING = TypeAdapter(Ruling)
_ITEM = TypeAdapter(Item)
_CARRIER_QUOTE = TypeAdapter(CarrierQuote)


async def load(session: Session, ref: OrderRef) -> Order:
    """The order with its items, and its type as it was at submit. Raises NotFound."""
    return await _load(session, ref, _with_items(ref))


async def lock(session: Session, ref: OrderRef) -> Order:
    """Load an order, and lock its row as `lock_order` does. Raises NotFound."""
    return await _load(session, ref, _with_items(ref).with_for_update(of=OrderRow, key_share=True))


async def _load(session: Session, ref: OrderRef, query: Select[OrderRow, ItemRow]) -> Order:
    rows = await session.all(query)
    if not rows:
        raise NotFound(f'No order matches "{ref.id}".')
    return from_rows(rows[0][0], [item for _, item in rows])


def _with_items(ref: OrderRef) -> Select[OrderRow, ItemRow]:
    return (
        select(OrderRow, ItemRow)
        .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
        .where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
        .order_by(col(ItemRow.number))
    )


def type_of(row: OrderRow) -> FrozenType:
    """The order's type as it was at submit."""
    return _TYPE.validate_python(row.type)


def ruling_of(row: OrderRow) -> Ruling:
    """The ruling at submit."""
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
