"""Leaves of people, each with what was decided about their lines and devices."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ARRAY, TEXT, cast
from sqlmodel import col, exists, func, select, tuple_

from models.db import visibility
from models.db.clauses import matches
from models.db.inventory.tables import LineRow
from models.db.leaves.tables import LeaveItemRow, LeaveRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Person, Relation
from models.leave import LeaveState, LeaveThing


async def add(session: Session, row: LeaveRow) -> None:
    await session.insert(row)


async def latest(session: Session, tenant: str, person_id: str) -> LeaveRow | None:
    """The open one, else the newest."""
    await session.flush()  # what the caller has just changed is read, too
    this = col(LeaveRow.tenant) == tenant, col(LeaveRow.person_id) == person_id
    return await session.first(select(LeaveRow).where(*this).order_by(col(LeaveRow.id).desc()).limit(1))


async def lock_open(session: Session, tenant: str, person_id: str) -> LeaveRow | None:
    """The open one, locked until the transaction ends.

    The person is locked first, so that two that are started at the same time come one after the other.
    """
    key = (tenant, person_id)
    await session.get(PersonRow, key, with_for_update={"key_share": True}, populate_existing=True)
    this = col(LeaveRow.tenant) == tenant, col(LeaveRow.person_id) == person_id
    return await session.first(
        select(LeaveRow)
        .where(*this, col(LeaveRow.state) == LeaveState.OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def open_ones(
    session: Session, person: Person, *, relations: Collection[Relation] | None, after: str | None, limit: int
) -> list[tuple[LeaveRow, PersonRow]]:
    """The open leaves of those to whom the person has one of these relations (None: all), the earliest first.

    `after` is the id of the last leave of the previous page.
    """
    clauses = {} if relations is None else visibility.person_relations(person)
    query = select(LeaveRow, PersonRow).join(PersonRow, matches(PersonRow.id, LeaveRow.person_id))
    seen = col(LeaveRow.tenant) == person.tenant, col(LeaveRow.state) == LeaveState.OPEN
    rows = query.where(*seen, visibility.visible(clauses, relations))
    place = func.coalesce(PersonRow.leaves_on, date.max), col(LeaveRow.id)
    if after is not None:
        last = select(*place).join(PersonRow, matches(PersonRow.id, LeaveRow.person_id))
        this = col(LeaveRow.tenant) == person.tenant, col(LeaveRow.id) == after
        rows = rows.where(tuple_(*place) > last.where(*this).correlate(None).scalar_subquery())
    return await session.all(rows.order_by(*place).limit(limit))


async def due(session: Session, at: datetime, limit: int) -> list[LeaveRow]:
    """Those that something happens to now, the earliest first."""
    is_due = col(LeaveRow.state) == LeaveState.OPEN, col(LeaveRow.next_at) <= at
    return await session.all(select(LeaveRow).where(*is_due).order_by(col(LeaveRow.next_at)).limit(limit))


async def ended_of(session: Session, tenant: str, person_ids: Collection[str]) -> set[str]:
    """Those of these people whose leave is open and has ended their access."""
    given = col(LeaveRow.tenant) == tenant, col(LeaveRow.person_id) == func.any(cast([*person_ids], ARRAY(TEXT)))
    ended = col(LeaveRow.state) == LeaveState.OPEN, col(LeaveRow.ended_at).is_not(None)
    return {*await session.all(select(LeaveRow.person_id).where(*given, *ended))}


async def undecided_lines(session: Session, tenant: str, line_ids: Collection[str]) -> dict[str, PersonRow]:
    """Those of these lines whose user leaves, still has access, and has chosen nothing for them: the user by line."""
    chosen = exists().where(
        matches(LeaveItemRow.leave_id, LeaveRow.id),
        col(LeaveItemRow.thing) == LeaveThing.LINE,
        col(LeaveItemRow.thing_id) == col(LineRow.id),
        col(LeaveItemRow.choice).is_not(None),
    )
    query = (
        select(LineRow.id, PersonRow)
        .join(LeaveRow, matches(LeaveRow.person_id, LineRow.person_id))
        .join(PersonRow, matches(PersonRow.id, LineRow.person_id))
        .where(col(LineRow.tenant) == tenant, col(LineRow.id).in_(line_ids))
        .where(col(LeaveRow.state) == LeaveState.OPEN, col(LeaveRow.ended_at).is_(None), ~chosen)
    )
    return dict(await session.all(query))


async def items(session: Session, leave: LeaveRow) -> list[LeaveItemRow]:
    this = col(LeaveItemRow.tenant) == leave.tenant, col(LeaveItemRow.leave_id) == leave.id
    return await session.all(select(LeaveItemRow).where(*this))


async def item(session: Session, leave: LeaveRow, thing: str, thing_id: str) -> LeaveItemRow:
    """What is known of a line or device; a new row if nothing is."""
    found = await session.get(LeaveItemRow, (leave.tenant, leave.id, thing, thing_id), populate_existing=True)
    return found or await session.insert(
        LeaveItemRow(tenant=leave.tenant, leave_id=leave.id, thing=thing, thing_id=thing_id)
    )


async def orders(session: Session, leave: LeaveRow) -> dict[str, OrderRow]:
    """The orders that the leave has placed last for each line and device, by id, oldest first."""
    this = col(LeaveItemRow.tenant) == leave.tenant, col(LeaveItemRow.leave_id) == leave.id
    placed = select(LeaveItemRow.order_id).where(*this)
    query = select(OrderRow).where(col(OrderRow.tenant) == leave.tenant, col(OrderRow.id).in_(placed))
    return {row.id: row for row in await session.all(query.order_by(col(OrderRow.id)))}
