"""Lists of orders: filters, paging, and which orders are stuck."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased, defer
from sqlmodel import col, or_, select

from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.clauses import equals_any, had_number, holder_name, is_reference, matches, optional
from models.db.inventory.tables import LineRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow, ParcelRow
from models.db.people.tables import PersonRow
from models.db.reach import Reach, beginning_with, first_ids, in_branch, known_viewer, small_reach
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.word_search import found_by, is_one_of
from models.events.returns import RETURN_STEPS
from models.facts import Person, Relation
from models.holder import NamedHolder
from models.lifecycle import OWN_STATUSES, Status
from models.search_query import ANYTHING, SearchQuery

# Dialtone's own steps take seconds and timers fire on time: an order that is late by more than this is stuck.
STUCK_AFTER = timedelta(minutes=10)
# Created once, because creating an alias is slow.
_ITEM_NUMBERS = (ItemRow.mdn, ItemRow.imei, ItemRow.imei2, ItemRow.iccid, ItemRow.eid)
_REQUESTER, _BENEFICIARY = aliased(PersonRow), aliased(PersonRow)
_FOR_WHOM = holder_name(_BENEFICIARY, SiteRow)
_RETURNING = (
    select(col(EventRow.data)["next"].astext)
    .where(
        matches(EventRow.order_id, OrderRow.id),
        col(EventRow.event).in_(RETURN_STEPS),
        col(OrderRow.status).in_([Status.IN_FULFILLMENT, Status.SHIPPED, Status.AWAITING_ACTIVATION]),
    )
    .order_by(col(EventRow.seq).desc())
    .limit(1)
    .correlate(OrderRow)
    .scalar_subquery()
)


@dataclass(frozen=True, kw_only=True)
class OrderFilters:
    """Empty or None means any; `account` includes all accounts below it, `in_account` does not.

    `identifier` is one whole number: the order's own, a number the carrier reported for an item, or a phone number that
    its line has or had. `search` finds the same, words of the names, email addresses and employee numbers of the
    requester and the beneficiary, and the references people hold: external and PO number, tracking number, the
    carrier's order number. `stuck_since`: orders that failed, or were late before this time. `involves`: those that the
    person with this id has placed, or that are for them. `is_open`: those that have not ended, or that
    have. `found` is what `find_words` has found for the search, if that was asked before.
    """

    type: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    family: str | None = None
    account: str | None = None
    in_account: str | None = None
    line: str | None = None
    device: str | None = None
    requester: str | None = None
    beneficiary: str | None = None
    involves: str | None = None
    is_open: bool | None = None
    carrier: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    stuck_since: datetime | None = None
    identifier: str | None = None
    search: SearchQuery = ANYTHING
    found: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class OrderListRow:
    """An order in a list, with the person's relations to it; the row's `type` and `ruling` are not loaded.

    `returning` says what comes next for goods that go back or are looked for, as `next` of its events does.
    """

    row: OrderRow
    relations: frozenset[Relation]
    requester: str
    beneficiary: NamedHolder
    account: str
    account_number: str
    returning: str | None


async def list_orders(
    session: Session,
    person: Person,
    filters: OrderFilters,
    *,
    relations: Collection[Relation] | None,
    before: str | None,
    limit: int,
) -> list[OrderListRow]:
    """Orders the person has one of these relations to (None: all of the tenant), newest first.

    `before` is the id of the last order of the previous page.
    """
    tenant, search = person.tenant, filters.search
    found = await found_by(session, OrderRow, tenant, search, filters.found, *_named(tenant, search))
    wanted = select(OrderRow.id).where(
        col(OrderRow.tenant) == tenant,
        *_filter_clauses(tenant, filters),
        found.clause,
        *optional((before, lambda value: col(OrderRow.id) < value)),
    )
    if filters.account:
        wanted = wanted.where(await in_branch(session, tenant, filters.account, OrderRow.account_id))
    row_by_row = relations is not None and not (found.few or filters.identifier)
    reach = await small_reach(session, person, relations, few_wanted=bool(search.words)) if row_by_row else None
    viewer = await known_viewer(session, person) if row_by_row else person
    clauses = {} if relations is None else visibility.order_relations(viewer)
    if reach:
        page = _first_seen(wanted, person, reach, relations or (), limit)
    else:
        page = wanted.where(visibility.visible(clauses, relations)).order_by(col(OrderRow.id).desc()).limit(limit)
    query: Any = (
        select(OrderRow, col(_REQUESTER.name), _FOR_WHOM)
        .add_columns(col(AccountRow.name), col(AccountRow.number), _RETURNING, *visibility.labeled(clauses))
        # SQLModel types a column as the type of its values, not as the attribute that SQLAlchemy wants here.
        .options(defer(OrderRow.type, raiseload=True), defer(OrderRow.ruling, raiseload=True))  # type: ignore[arg-type]
    )
    query = (
        beginning_with(page, OrderRow, query)
        .join(_REQUESTER, matches(_REQUESTER.id, OrderRow.requester_id))
        .outerjoin(_BENEFICIARY, matches(_BENEFICIARY.id, OrderRow.beneficiary_id))
        .outerjoin(SiteRow, matches(SiteRow.id, OrderRow.beneficiary_site_id))
        .join(AccountRow, matches(AccountRow.id, OrderRow.account_id))
        .where(col(OrderRow.tenant) == tenant)
        .order_by(col(OrderRow.id).desc())
    )
    return [
        OrderListRow(
            row=row,
            relations=visibility.relations_of(clauses, flags),
            requester=requester,
            beneficiary=NamedHolder(holder=row.beneficiary, name=beneficiary),
            account=account,
            account_number=account_number,
            returning=returning,
        )
        for row, requester, beneficiary, account, account_number, returning, *flags in await session.all(query)
    ]


def _first_seen(
    wanted: Select[Any], person: Person, reach: Reach, relations: Collection[Relation], limit: int
) -> Select[Any]:
    """The newest of the orders that are for someone or something in reach, or to which the person has the relation."""
    keys = (
        (OrderRow.requester_id, (person.id,) if Relation.SELF in relations else ()),
        (OrderRow.beneficiary_id, reach.people),
        (OrderRow.beneficiary_site_id, reach.sites),
        (OrderRow.account_id, reach.accounts),
    )
    asked = (
        wanted.join(ApprovalRow, matches(ApprovalRow.order_id, OrderRow.id))
        .where(col(ApprovalRow.tenant) == person.tenant, col(ApprovalRow.approver_id) == person.id)
        .order_by(col(ApprovalRow.order_id).desc())
        .limit(limit)
    )
    pending = col(ApprovalRow.state) == "pending"
    watched = wanted.where(col(OrderRow.watchers).contains([person.id]))
    others = {Relation.APPROVER: asked, Relation.DECIDER: asked.where(pending), Relation.WATCHER: watched}
    seen = (query for relation, query in others.items() if relation in relations)
    return first_ids(wanted, keys, *seen, newest_first=True, limit=limit)


def _filter_clauses(tenant: str, filters: OrderFilters) -> list[ColumnElement[bool]]:
    return optional(
        (filters.type, col(OrderRow.type_code).in_),
        (filters.status, col(OrderRow.status).in_),
        (filters.family, lambda value: col(OrderRow.family) == value),
        (filters.carrier, lambda value: col(OrderRow.carrier) == value),
        (filters.requester, lambda value: col(OrderRow.requester_id) == value),
        (filters.beneficiary, lambda value: equals_any(value, OrderRow.beneficiary_id, OrderRow.beneficiary_site_id)),
        (filters.involves, lambda value: equals_any(value, OrderRow.requester_id, OrderRow.beneficiary_id)),
        (filters.is_open, lambda value: col(OrderRow.closed_at).is_(None) == value),
        (filters.in_account, lambda value: col(OrderRow.account_id) == value),
        (filters.since, lambda value: col(OrderRow.created_at) >= value),
        (filters.until, lambda value: col(OrderRow.created_at) < value),
        (filters.stuck_since, stuck),
        (filters.line, lambda value: _has_item(col(ItemRow.line_id) == value)),
        (filters.device, lambda value: _has_item(col(ItemRow.device_id) == value)),
        (filters.identifier, lambda value: is_one_of(OrderRow, *_identified(tenant, [value]))),
    )


def _named(tenant: str, search: SearchQuery) -> list[Select[Any]]:
    """The ids of the orders with one of the identifiers, or references that people hold."""
    references = search.references
    own = is_reference(references, OrderRow.external_number, OrderRow.po_number)
    in_parcels = is_reference(references, ParcelRow.tracking_number)
    at_carrier = is_reference(references, CarrierOrderRow.carrier_ref)
    return [
        *(_identified(tenant, search.identifiers) if search.identifiers else ()),
        select(OrderRow.id).where(col(OrderRow.tenant) == tenant, own),
        select(ParcelRow.order_id).where(col(ParcelRow.tenant) == tenant, in_parcels),
        select(CarrierOrderRow.order_id).where(col(CarrierOrderRow.tenant) == tenant, at_carrier),
    ]


def _identified(tenant: str, numbers: Collection[str]) -> list[Select[Any]]:
    """The ids of the orders with one of these numbers: their own, one of their items, or of the line of one."""
    lines = select(LineRow.id).where(
        col(LineRow.tenant) == tenant, or_(col(LineRow.mdn).in_(numbers), *map(had_number, numbers))
    )
    items = select(ItemRow.order_id).where(col(ItemRow.tenant) == tenant)
    return [
        select(OrderRow.id).where(col(OrderRow.tenant) == tenant, col(OrderRow.number).in_(numbers)),
        items.where(or_(*(col(number).in_(numbers) for number in _ITEM_NUMBERS))),
        items.where(col(ItemRow.line_id).in_(lines)),
    ]


def _has_item(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(col(ItemRow.id)).where(matches(ItemRow.order_id, OrderRow.id), condition).exists()


def late(since: datetime) -> ColumnElement[bool]:
    """Orders that were due before this time, or whose next step is Dialtone's and that have not changed since.

    An order is not late while its carrier expects one of its items later.
    """
    unchanged = col(OrderRow.status).in_(OWN_STATUSES) & (col(OrderRow.updated_at) < since)
    return ((col(OrderRow.due_at) < since) & ~expected_after(since)) | unchanged


def expected_after(time: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Orders that are in fulfillment with an item that the carrier expects after this time."""
    item = select(ItemRow.id).where(
        matches(ItemRow.tenant, OrderRow.tenant),
        matches(ItemRow.order_id, OrderRow.id),
        col(ItemRow.expected_at) > time,
    )
    return (col(OrderRow.status) == Status.IN_FULFILLMENT) & item.exists()


def stuck(since: datetime) -> ColumnElement[bool]:
    """Open orders that failed or are `late`."""
    return col(OrderRow.closed_at).is_(None) & ((col(OrderRow.status) == Status.FAILED) | late(since))
