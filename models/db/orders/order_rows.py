"""Orders: written once at submit, then read by id or number, one or many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, defer
from sqlmodel import col, or_, select

from models import order_number
from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import ProductRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Person, Relation
from models.lifecycle import Status, waits_for
from models.order import OrderRef
from models.timers import ENTRIES_PER_ITEM

_DRAWS = 20
# Made once: an alias is dear to make.
_REQUESTER, _BENEFICIARY = aliased(PersonRow), aliased(PersonRow)


@dataclass(frozen=True, kw_only=True)
class OrderFound:
    """An order with the names around it and what it is to the person who asked."""

    row: OrderRow
    relations: frozenset[Relation]
    requester: str
    beneficiary: str
    account: AccountRow


@dataclass(frozen=True, kw_only=True)
class OrderFilters:
    """Which orders; an empty tuple or None means any. `account` includes all accounts below it.

    `words` must all occur in the name of the requester or the beneficiary; `identifier` is the order's number, here
    or elsewhere, or something the carrier reported of an item. `stuck_since`: those that failed, or should have gone
    on by themselves before that moment and have not.
    """

    type: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    family: str | None = None
    account: str | None = None
    line: str | None = None
    requester: str | None = None
    beneficiary: str | None = None
    carrier: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    stuck_since: datetime | None = None
    words: str = ""
    identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderListRow:
    """An order in a list."""

    row: OrderRow
    title: str
    requester: str
    beneficiary: str
    account: str
    account_number: str


async def insert_order(session: Session, row: OrderRow, items: Sequence[ItemRow]) -> str:
    """Write a new order with its items under a number nobody else has; returns that number."""
    for _ in range(_DRAWS):
        row.number = order_number.draw()
        added = insert(OrderRow).values(row.model_dump()).on_conflict_do_nothing(index_elements=["tenant", "number"])
        if (await session.exec(added.returning(col(OrderRow.id)))).first() is not None:
            await session.exec(insert(ItemRow).values([item.model_dump() for item in items]))
            return row.number
    raise RuntimeError("no free order number was found")


async def find(session: Session, person: Person, ref: str) -> OrderFound:
    """The order with this id or number, in the person's tenant. Raises NotFound."""
    tied = visibility.of_order(person)
    number = order_number.read(ref)
    query: Any = (
        select(OrderRow, col(_REQUESTER.name), col(_BENEFICIARY.name), AccountRow)
        .add_columns(*visibility.labeled(tied))
        .join(_REQUESTER, _person(_REQUESTER, OrderRow.requester_id))
        .join(_BENEFICIARY, _person(_BENEFICIARY, OrderRow.beneficiary_id))
        .join(AccountRow, _account())
        .where(
            col(OrderRow.tenant) == person.tenant,
            col(OrderRow.number) == number if number else col(OrderRow.id) == ref,
        )
        .execution_options(populate_existing=True)
    )
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound(f"There is no order {ref[:26]}.")
    row, requested_by, ordered_for, account, *flags = found
    return OrderFound(
        row=row,
        relations=visibility.held(tied, flags),
        requester=requested_by,
        beneficiary=ordered_for,
        account=account,
    )


async def list_orders(
    session: Session,
    person: Person,
    filters: OrderFilters,
    *,
    relations: Collection[Relation] | None,
    before: str | None,
    limit: int,
) -> list[OrderListRow]:
    """Orders the person is tied to by one of `relations` (None: all of the tenant), newest first.

    `before` is the id of the last order of the page before.
    """
    query: Any = (
        select(
            OrderRow,
            col(OrderRow.type)["title"].as_string(),
            col(_REQUESTER.name),
            col(_BENEFICIARY.name),
        )
        .add_columns(col(AccountRow.name), col(AccountRow.number))
        # SQLModel types a column as what it holds, not as the attribute that SQLAlchemy wants here.
        .options(defer(OrderRow.type, raiseload=True), defer(OrderRow.ruling, raiseload=True))  # type: ignore[arg-type]
        .join(_REQUESTER, _person(_REQUESTER, OrderRow.requester_id))
        .join(_BENEFICIARY, _person(_BENEFICIARY, OrderRow.beneficiary_id))
        .join(AccountRow, _account())
        .where(col(OrderRow.tenant) == person.tenant, *_wanted(person.tenant, filters))
        .order_by(col(OrderRow.id).desc())
        .limit(limit)
    )
    if relations is not None:
        query = query.where(visibility.any_of(visibility.of_order(person), relations))
    if before is not None:
        query = query.where(col(OrderRow.id) < before)
    for word in filters.words.split():
        names = (col(name).icontains(word, autoescape=True) for name in (_REQUESTER.name, _BENEFICIARY.name))
        query = query.where(or_(*names))
    return [
        OrderListRow(row=row, title=title, requester=by, beneficiary=whom, account=account, account_number=number)
        for row, title, by, whom, account, number in (await session.exec(query)).all()
    ]


async def approvals_of(session: Session, row: OrderRow) -> list[tuple[ApprovalRow, str]]:
    """Everybody who was asked to decide, with their names, in the order they were asked."""
    found = await session.exec(
        select(ApprovalRow, col(PersonRow.name))
        .join(PersonRow, _person(PersonRow, ApprovalRow.approver_id, of=ApprovalRow))
        .where(col(ApprovalRow.tenant) == row.tenant, col(ApprovalRow.order_id) == row.id)
        .order_by(col(ApprovalRow.round), col(ApprovalRow.stage), col(ApprovalRow.id))
    )
    return list(found.all())


async def carrier_orders_of(session: Session, row: OrderRow) -> list[CarrierOrderRow]:
    """Under which references the carrier knows the order."""
    found = await session.exec(
        select(CarrierOrderRow)
        .where(col(CarrierOrderRow.tenant) == row.tenant, col(CarrierOrderRow.order_id) == row.id)
        .order_by(col(CarrierOrderRow.round))
    )
    return list(found.all())


async def timeline(
    session: Session, tenant: str, order_id: str, *, after: int = 0, events: Collection[str] | None = None
) -> list[EventRow]:
    """The order's history after an entry, oldest first; only some events where they are named."""
    query = select(EventRow).where(
        col(EventRow.tenant) == tenant, col(EventRow.order_id) == order_id, col(EventRow.seq) > after
    )
    if events is not None:
        query = query.where(col(EventRow.event).in_(events))
    return list((await session.exec(query.order_by(col(EventRow.seq)))).all())


async def last_seq(session: Session, ref: OrderRef) -> int:
    """The number of the order's last entry; those of its clocks have numbers of their own."""
    query = select(func.max(col(EventRow.seq))).where(
        col(EventRow.tenant) == ref.tenant, col(EventRow.order_id) == ref.id, col(EventRow.seq) < ENTRIES_PER_ITEM
    )
    return (await session.exec(query)).one() or 0


async def product_names(session: Session, tenant: str, skus: Collection[str]) -> Mapping[str, str]:
    """What these SKUs are called."""
    query = select(col(ProductRow.sku), col(ProductRow.name)).where(
        col(ProductRow.tenant) == tenant, col(ProductRow.sku).in_(skus)
    )
    return dict((await session.exec(query)).all())


def _wanted(tenant: str, filters: OrderFilters) -> list[Any]:
    """The filters as clauses."""
    by_column = {
        "family": filters.family,
        "carrier": filters.carrier,
        "requester_id": filters.requester,
        "beneficiary_id": filters.beneficiary,
    }
    clauses: list[Any] = [
        col(getattr(OrderRow, name)) == value for name, value in by_column.items() if value is not None
    ]
    if filters.type:
        clauses.append(col(OrderRow.type_code).in_(filters.type))
    if filters.status:
        clauses.append(col(OrderRow.status).in_(filters.status))
    if filters.since is not None:
        clauses.append(col(OrderRow.created_at) >= filters.since)
    if filters.until is not None:
        clauses.append(col(OrderRow.created_at) < filters.until)
    if filters.stuck_since is not None:
        clauses.append(stuck(filters.stuck_since))
    if filters.account is not None:
        clauses.append(col(OrderRow.account_id).in_(visibility.accounts_below(tenant, [filters.account])))
    if filters.line is not None:
        clauses.append(_touches(filters.line))
    if filters.identifier is not None:
        clauses.append(_named(filters.identifier))
    return clauses


def _named(identifier: str) -> Any:
    reported = (ItemRow.mdn, ItemRow.imei, ItemRow.imei2, ItemRow.iccid, ItemRow.eid, ItemRow.tracking_number)
    item = select(col(ItemRow.id)).where(
        col(ItemRow.tenant) == col(OrderRow.tenant),
        col(ItemRow.order_id) == col(OrderRow.id),
        or_(*(col(column) == identifier for column in reported)),
    )
    return or_(col(OrderRow.number) == identifier, col(OrderRow.external_number) == identifier, item.exists())


def late(since: datetime) -> Any:
    """Whether an order should have gone on by itself before that moment and has not."""
    mine = [status for status in Status if waits_for(status) == "dialtone"]
    overdue = col(OrderRow.due_at) < since
    return overdue | (col(OrderRow.status).in_(mine) & (col(OrderRow.updated_at) < since))


def stuck(since: datetime) -> Any:
    """The clause of those that failed, or should have gone on by themselves before that moment and have not."""
    return (col(OrderRow.status) == Status.FAILED) | (late(since) & col(OrderRow.closed_at).is_(None))


def _touches(line_id: str) -> Any:
    item = select(col(ItemRow.id)).where(
        col(ItemRow.tenant) == col(OrderRow.tenant),
        col(ItemRow.order_id) == col(OrderRow.id),
        col(ItemRow.line_id) == line_id,
    )
    return item.exists()


def _person(table: type[PersonRow], person_id: Any, *, of: type[OrderRow] | type[ApprovalRow] = OrderRow) -> Any:
    return (col(table.tenant) == col(of.tenant)) & (col(table.id) == person_id)


def _account() -> Any:
    return (col(AccountRow.tenant) == col(OrderRow.tenant)) & (col(AccountRow.id) == col(OrderRow.account_id))
