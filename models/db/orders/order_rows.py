"""The rows of orders, their items and their events: inserted at submit, then read and locked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, ColumnElement, String, any_, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models import order_number, questions
from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.clauses import acts_for_beneficiary, belongs_to_order, holder_name, matches
from models.db.encryption import Keyring
from models.db.notifications.tables import EmailPauseRow
from models.db.order_lock import lock_order
from models.db.orders import secret_answers
from models.db.orders.tables import EventRow, ItemRow, OrderRow, ParcelRow
from models.db.people.tables import PersonRow
from models.db.row_sets import documents, inserting
from models.db.session import NO_SYNC, Session
from models.db.sites.tables import SiteRow
from models.db.statement import Statement, param
from models.errors import NotFound, OrderClosed
from models.facts import Person, Relation
from models.holder import NamedHolder
from models.order import FIRST_OUTSIDE_SEQ, OrderRef, Ruling
from models.question import Scope
from models.timers import EVENTS_PER_ITEM, EVENTS_PER_TIMER

_MAX_DRAWS = 20
# Created once, because creating an alias is slow.
_REQUESTER, _BENEFICIARY = aliased(PersonRow), aliased(PersonRow)
_FOR_WHOM = holder_name(_BENEFICIARY, SiteRow)


def switched_off_emails() -> ColumnElement[list[str]]:
    """The names of the emails that the tenant of an OrderRow has switched off."""
    off = select(EmailPauseRow.email).where(
        col(EmailPauseRow.tenant) == col(OrderRow.tenant), col(EmailPauseRow.on_at).is_(None)
    )
    return func.array(off.correlate(OrderRow).scalar_subquery())


_RELATIONS = visibility.order_relations(visibility.ANYONE)
_FLAGS = (None,) * len(_RELATIONS)


def _find(this: ColumnElement[bool]) -> Statement[Any]:
    query: Any = (
        select(OrderRow, col(_REQUESTER.name), _FOR_WHOM, acts_for_beneficiary())
        .add_columns(AccountRow, *visibility.labeled(_RELATIONS))
        .join(_REQUESTER, matches(_REQUESTER.id, OrderRow.requester_id))
        .outerjoin(_BENEFICIARY, matches(_BENEFICIARY.id, OrderRow.beneficiary_id))
        .outerjoin(SiteRow, matches(SiteRow.id, OrderRow.beneficiary_site_id))
        .join(AccountRow, matches(AccountRow.id, OrderRow.account_id))
        .where(col(OrderRow.tenant) == param("tenant"), this)
    )
    return Statement(query, OrderRow, None, None, None, AccountRow, *_FLAGS)


_BY_ID = _find(col(OrderRow.id) == param("ref"))
_BY_NUMBER = _find(col(OrderRow.number) == param("ref"))
_RELATED_QUERY: Any = (
    select(OrderRow, *visibility.labeled(_RELATIONS))
    .where(
        col(OrderRow.tenant) == param("tenant"),
        (col(OrderRow.parent_id) == param("id")) | (col(OrderRow.id) == param("parent_id")),
    )
    .order_by(col(OrderRow.id))
)
_RELATED = Statement[Any](_RELATED_QUERY, OrderRow, *_FLAGS)
_inserted = (
    insert(OrderRow)
    .values({name: param(name) for name in OrderRow.model_fields if name != "search"})
    .on_conflict_do_nothing(index_elements=["tenant", "number"])
    .returning(col(OrderRow.id))
    .cte("inserted")
)
_INSERT = Statement[None](inserting(ItemRow, after=_inserted))
_THIS = (col(OrderRow.tenant) == param("tenant"), col(OrderRow.id) == param("id"))
_ROW = Statement[OrderRow](select(OrderRow).where(*_THIS), OrderRow)
_SET_WATCHERS = Statement[None](update(OrderRow).where(*_THIS).values(watchers=param("watchers")))
_ITEMS_OF = Statement[ItemRow](
    select(ItemRow)
    .where(col(ItemRow.tenant) == param("tenant"), col(ItemRow.order_id) == param("id"))
    .order_by(col(ItemRow.number)),
    ItemRow,
)
_ITEMS_WITH_PARCELS = Statement[tuple[ItemRow, ParcelRow | None]](
    select(ItemRow, ParcelRow)
    .outerjoin(ParcelRow, matches(ParcelRow.order_id, ItemRow.order_id) & (col(ParcelRow.item_id) == ItemRow.id))
    .where(col(ItemRow.tenant) == param("tenant"), col(ItemRow.order_id) == param("id"))
    .order_by(col(ItemRow.number), col(ParcelRow.shipped_at), col(ParcelRow.tracking_number)),
    ItemRow,
    ParcelRow,
)
_OF_ORDER = (col(EventRow.tenant) == param("tenant"), col(EventRow.order_id) == param("id"))
_TIMELINE = select(EventRow).where(*_OF_ORDER, col(EventRow.seq) > param("after")).order_by(col(EventRow.seq))
_EVENTS = Statement[EventRow](_TIMELINE, EventRow)
_EVENTS_OF_KINDS = Statement[EventRow](
    _TIMELINE.where(col(EventRow.event) == any_(param("events", ARRAY(String)))), EventRow
)
_LAST_SEQ = Statement[int | None](
    select(func.max(col(EventRow.seq))).where(*_OF_ORDER, col(EventRow.seq).between(param("first"), param("last")))
)


@dataclass(frozen=True, kw_only=True)
class OrderFound:
    """An order with the names on it, and the person's relations to it.

    `represented_by` is the id of the person who acts for the beneficiary, the requester if no one does.
    """

    row: OrderRow
    relations: frozenset[Relation]
    requester: str
    beneficiary: NamedHolder
    represented_by: str
    account: AccountRow


@dataclass(frozen=True, kw_only=True)
class RelatedOrder:
    """An order that another one follows (`is_parent`), or that follows it, and the person's relations to it.

    `cause` is why the later one of both was placed.
    """

    row: OrderRow
    is_parent: bool
    cause: str | None
    relations: frozenset[Relation]


async def insert_order(session: Session, keyring: Keyring, row: OrderRow, items: Sequence[ItemRow]) -> str:
    """Insert a new order with its items under an unused number, secret answers sealed; returns the number."""
    secrets = secret_answers.seal_order(keyring, row, items)
    for _ in range(_MAX_DRAWS):
        row.number = order_number.generate()
        if await session.affected(_INSERT, **row.model_dump(), rows=documents(items)):
            await secret_answers.insert(session, secrets)
            return row.number
    raise RuntimeError("no unused order number was found")


async def find(session: Session, person: Person, ref: str) -> OrderFound:
    """The order with this id or number, in the person's tenant. Raises NotFound."""
    number = order_number.parse(ref)
    statement = _BY_NUMBER if number else _BY_ID
    found = await session.first(statement, ref=number or ref, **visibility.values_of_viewer(person))
    if found is None:
        raise NotFound
    row, requester, beneficiary, represented_by, account, *flags = found
    return OrderFound(
        row=row,
        relations=visibility.relations_of(_RELATIONS, flags),
        requester=requester,
        beneficiary=NamedHolder(holder=row.beneficiary, name=beneficiary),
        represented_by=represented_by,
        account=account,
    )


async def related(session: Session, person: Person, order: OrderRow) -> list[RelatedOrder]:
    """The order that this one follows, and those that follow it, oldest first."""
    rows = await session.all(_RELATED, id=order.id, parent_id=order.parent_id, **visibility.values_of_viewer(person))
    return [
        RelatedOrder(
            row=row,
            is_parent=row.id == order.parent_id,
            cause=order.cause if row.id == order.parent_id else row.cause,
            relations=visibility.relations_of(_RELATIONS, flags),
        )
        for row, *flags in rows
    ]


async def items_of(session: Session, ref: OrderRef) -> list[ItemRow]:
    """The items of an order, by number."""
    return await session.all(_ITEMS_OF, tenant=ref.tenant, id=ref.id)


async def items_with_parcels(session: Session, ref: OrderRef) -> tuple[list[ItemRow], dict[str, list[ParcelRow]]]:
    """The items of an order, by number, and the parcels of each by its id, those shipped first first."""
    items, parcels = dict[str, ItemRow](), dict[str, list[ParcelRow]]()
    for item, parcel in await session.all(_ITEMS_WITH_PARCELS, tenant=ref.tenant, id=ref.id):
        items.setdefault(item.id, item)
        parcels.setdefault(item.id, []).extend([parcel] if parcel is not None else [])
    return list(items.values()), parcels


async def latest_of_line(session: Session, tenant: str, line_id: str) -> OrderRow | None:
    """The order about a line that was submitted last; None for a line without any."""
    return await session.first(
        select(OrderRow)
        .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
        .where(col(ItemRow.tenant) == tenant, col(ItemRow.line_id) == line_id)
        .order_by(col(OrderRow.id).desc())
        .limit(1)
    )


async def row_of(session: Session, ref: OrderRef) -> OrderRow:
    """The row of an order that exists."""
    (row,) = await session.all(_ROW, tenant=ref.tenant, id=ref.id)
    return row


async def lock_open(session: Session, ref: OrderRef) -> OrderRow:
    """Lock an order as `lock_order` does. Raises OrderClosed."""
    return require_open(await lock_order(session, ref))


def require_open(row: OrderRow) -> OrderRow:
    """Raises OrderClosed."""
    if row.closed_at is not None:
        raise OrderClosed(f"Order {row.number} is closed.")
    return row


async def reprice(session: Session, ref: OrderRef, ruling: Ruling, prices: Mapping[str, Mapping[str, Decimal]]) -> None:
    """Replace the ruling of an order, its price, and those of its items: the columns by the item's id."""
    this_order = update(OrderRow).where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
    ruled = {"ruling": to_jsonable_python(ruling), "policy_version": ruling.policy_version, "flags": [*ruling.flags]}
    await session.affected(this_order.values({**ruled, **vars(ruling.quote)}))
    for item_id, price in prices.items():
        this_item = update(ItemRow).where(belongs_to_order(ItemRow, ref), col(ItemRow.id) == item_id)
        await session.affected(this_item.values(price))


async def charge(session: Session, ref: OrderRef, cost_centers: Mapping[str, str]) -> None:
    """Have other cost centers pay for the order: each by its column."""
    this_order = update(OrderRow).where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
    await session.affected(this_order.values(**cost_centers))


async def add_watchers(session: Session, ref: OrderRef, person_ids: Iterable[str]) -> None:
    """Let these people see the order and keep them informed, as far as they aren't already."""
    row = await lock_order(session, ref)
    known = {row.requester_id, row.beneficiary_id, *row.watchers}
    if added := sorted(set(person_ids) - known):
        await session.affected(_SET_WATCHERS, tenant=ref.tenant, id=ref.id, watchers=[*row.watchers, *added])


async def timeline(
    session: Session, tenant: str, order_id: str, *, after: int = 0, events: Collection[str] | None = None
) -> list[EventRow]:
    """The order's events after a sequence number, oldest first; only these kinds where they are given."""
    if events is None:
        return await session.all(_EVENTS, tenant=tenant, id=order_id, after=after)
    return await session.all(_EVENTS_OF_KINDS, tenant=tenant, id=order_id, after=after, events=[*events])


async def recorded_after(session: Session, tenant: str, order_id: str, seq: int) -> list[EventRow]:
    """The order's events that were recorded after this one, in that sequence; all if there is no such event."""
    of_order = (col(EventRow.tenant) == tenant, col(EventRow.order_id) == order_id)
    reached = select(EventRow.position).where(*of_order, col(EventRow.seq) == seq).scalar_subquery()
    later = select(EventRow).where(*of_order, col(EventRow.position) > func.coalesce(reached, 0))
    return await session.all(later.order_by(col(EventRow.position)))


async def last_seq(session: Session, ref: OrderRef, *, beside: int = 1) -> int:
    """The sequence number of the last event by the order's workflow, or by the timer that numbered `beside`."""
    by_timer = beside > EVENTS_PER_ITEM
    first = beside - beside % EVENTS_PER_TIMER if by_timer else 0
    last = first + EVENTS_PER_TIMER if by_timer else FIRST_OUTSIDE_SEQ
    return await session.first(_LAST_SEQ, tenant=ref.tenant, id=ref.id, first=first, last=last - 1) or 0


async def add_answers(session: Session, ref: OrderRef, item_ids: Collection[str], answers: Mapping[str, Any]) -> None:
    """Store what was answered after submit: for these items, and for the whole order where a question is about it."""
    if not answers:
        return
    of_order = {code: answer for code, answer in answers.items() if questions.find(code).scope is Scope.ORDER}
    this_order = (col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
    answered = col(ItemRow.id).in_(item_ids)
    changes: list[tuple[Any, tuple[ColumnElement[bool], ...], Mapping[str, Any]]] = [
        (OrderRow, this_order, of_order),
        (ItemRow, (belongs_to_order(ItemRow, ref), ~answered), of_order),
        (ItemRow, (belongs_to_order(ItemRow, ref), answered), answers),
    ]
    for table, rows, added in changes:
        if added:
            change = update(table).where(*rows).values(answers=col(table.answers).concat(added))
            await session.exec(change.execution_options(**NO_SYNC))
