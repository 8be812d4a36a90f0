"""Orders: inserted at submit, then read by id or number with what belongs to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models import order_number
from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import ProductRow
from models.db.clauses import belongs_to_order, matches
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Person, Relation
from models.order import OrderRef
from models.timers import EVENTS_PER_ITEM

_MAX_DRAWS = 20
# Created once, because creating an alias is slow.
_REQUESTER, _BENEFICIARY = aliased(PersonRow), aliased(PersonRow)


@dataclass(frozen=True, kw_only=True)
class OrderFound:
    """An order with the names on it, and the person's relations to it."""

    row: OrderRow
    relations: frozenset[Relation]
    requester: str
    beneficiary: str
    account: AccountRow


async def insert_order(session: Session, row: OrderRow, items: Sequence[ItemRow]) -> str:
    """Insert a new order with its items under an unused number; returns the number."""
    for _ in range(_MAX_DRAWS):
        row.number = order_number.generate()
        added = insert(OrderRow).values(row.model_dump()).on_conflict_do_nothing(index_elements=["tenant", "number"])
        if (await session.exec(added.returning(col(OrderRow.id)))).first() is not None:
            await session.exec(insert(ItemRow).values([item.model_dump() for item in items]))
            return row.number
    raise RuntimeError("no unused order number was found")


async def find(session: Session, person: Person, ref: str) -> OrderFound:
    """The order with this id or number, in the person's tenant. Raises NotFound."""
    clauses = visibility.order_relations(person)
    number = order_number.parse(ref)
    query: Any = (
        select(OrderRow, col(_REQUESTER.name), col(_BENEFICIARY.name), AccountRow)
        .add_columns(*visibility.labeled(clauses))
        .join(_REQUESTER, matches(_REQUESTER.id, OrderRow.requester_id))
        .join(_BENEFICIARY, matches(_BENEFICIARY.id, OrderRow.beneficiary_id))
        .join(AccountRow, matches(AccountRow.id, OrderRow.account_id))
        .where(
            col(OrderRow.tenant) == person.tenant,
            col(OrderRow.number) == number if number else col(OrderRow.id) == ref,
        )
        .execution_options(populate_existing=True)
    )
    found = await session.first(query)
    if found is None:
        raise NotFound(f'No order matches "{ref[:26]}".')
    row, requester, beneficiary, account, *flags = found
    return OrderFound(
        row=row,
        relations=visibility.relations_of(clauses, flags),
        requester=requester,
        beneficiary=beneficiary,
        account=account,
    )


async def approvals_of(session: Session, row: OrderRow) -> list[tuple[ApprovalRow, str]]:
    """The order's approvals with the approvers' names, by round and stage."""
    return await session.all(
        select(ApprovalRow, col(PersonRow.name))
        .join(PersonRow, matches(PersonRow.id, ApprovalRow.approver_id))
        .where(belongs_to_order(ApprovalRow, row))
        .order_by(col(ApprovalRow.round), col(ApprovalRow.stage), col(ApprovalRow.id))
    )


async def carrier_orders_of(session: Session, row: OrderRow) -> list[CarrierOrderRow]:
    """What was submitted to the carrier for the order, by round."""
    query = select(CarrierOrderRow).where(belongs_to_order(CarrierOrderRow, row))
    return await session.all(query.order_by(col(CarrierOrderRow.round)))


async def timeline(
    session: Session, tenant: str, order_id: str, *, after: int = 0, events: Collection[str] | None = None
) -> list[EventRow]:
    """The order's events after a sequence number, oldest first; only these kinds where they are given."""
    query = select(EventRow).where(
        col(EventRow.tenant) == tenant, col(EventRow.order_id) == order_id, col(EventRow.seq) > after
    )
    if events is not None:
        query = query.where(col(EventRow.event).in_(events))
    return await session.all(query.order_by(col(EventRow.seq)))


async def last_seq(session: Session, ref: OrderRef) -> int:
    """The sequence number of the order's last event; its timers' events are numbered above EVENTS_PER_ITEM."""
    own = (belongs_to_order(EventRow, ref), col(EventRow.seq) < EVENTS_PER_ITEM)
    return await session.first(select(func.max(col(EventRow.seq))).where(*own)) or 0


async def product_names(session: Session, tenant: str, skus: Collection[str]) -> Mapping[str, str]:
    """Product names by SKU."""
    query = select(col(ProductRow.sku), col(ProductRow.name)).where(
        col(ProductRow.tenant) == tenant, col(ProductRow.sku).in_(skus)
    )
    return dict(await session.all(query))
