"""Rows of people that are locked to be changed, and what must stay true of all of them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import ARRAY, TEXT, cast
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from models.db.approvals.tables import ApprovalRow
from models.db.clauses import has_role
from models.db.hierarchy import people_above
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import LoginRow
from models.facts import Role


async def lock_person(session: Session, tenant: str, person_id: str) -> PersonRow | None:
    """Rows that reference the person can be inserted meanwhile."""
    key = (tenant, person_id)
    return await session.get(PersonRow, key, with_for_update={"key_share": True}, populate_existing=True)


async def admins(session: Session, tenant: str, today: date) -> set[str]:
    """The ids of the active admins who have started."""
    return _started(await session.all(_active_admins(tenant)), today)


async def lock_admins(session: Session, tenant: str, today: date) -> set[str]:
    """The same; until the transaction ends, no other one changes whether they are admins.

    This comes before the lock of a person. Rows that reference the admins can be inserted meanwhile.
    """
    ordered = _active_admins(tenant).order_by(col(PersonRow.id)).with_for_update(key_share=True)
    return _started(await session.all(ordered.execution_options(populate_existing=True)), today)


async def leaving_admins(session: Session, tenant: str) -> set[str]:
    """The ids of the active admins who are to leave."""
    return {row.id for row in await session.all(_active_admins(tenant)) if row.leaves_on}


def _active_admins(tenant: str) -> SelectOfScalar[PersonRow]:
    return select(PersonRow).where(col(PersonRow.tenant) == tenant, col(PersonRow.active), has_role(Role.ADMIN))


def _started(rows: Collection[PersonRow], today: date) -> set[str]:
    return {row.id for row in rows if row.starts_on is None or row.starts_on <= today}


async def moving(session: Session, at: datetime, limit: int) -> list[PersonRow]:
    """The active people who move on the day that it is somewhere, or should have before; the earliest first."""
    somewhere = (at + timedelta(days=1)).date()
    is_due = col(PersonRow.active), col(PersonRow.moves_on).is_not(None), col(PersonRow.moves_on) <= somewhere
    return await session.all(select(PersonRow).where(*is_due).order_by(col(PersonRow.moves_on)).limit(limit))


async def save(session: Session, row: PersonRow, /, **values: object) -> None:
    """Set columns of a locked row."""
    for name, value in values.items():
        setattr(row, name, value)
    await session.flush()


async def would_be_cycle(session: Session, tenant: str, person_id: str, manager_id: str) -> bool:
    """Whether the person is above this manager, or is the manager.

    Until the transaction ends, no other one asks this of the tenant's people.
    """
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:managers", 0))))
    above = people_above(tenant, col(PersonRow.id) == manager_id)
    return await session.first(select(above.c.id).where(above.c.id == person_id).limit(1)) is not None


async def reread(session: Session, tenant: str, person_id: str) -> PersonRow:
    """The row of a person who exists, as a statement of this transaction has left it."""
    return await session.get_one(PersonRow, (tenant, person_id), populate_existing=True)


async def reread_all(session: Session, tenant: str, ids: Collection[str]) -> dict[str, PersonRow]:
    """The rows of these people by id, as statements of this transaction have left them."""
    these = col(PersonRow.tenant) == tenant, col(PersonRow.id) == func.any(cast([*ids], ARRAY(TEXT)))
    rows = await session.all(select(PersonRow).where(*these).execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def reached_by_email(session: Session, tenant: str, ids: Collection[str]) -> set[str]:
    """Those of these people who have a login, or an order to decide on."""
    given = cast([*ids], ARRAY(TEXT))
    logins = select(LoginRow.person_id).where(
        col(LoginRow.tenant) == tenant, col(LoginRow.person_id) == func.any(given)
    )
    asked = select(ApprovalRow.approver_id).where(
        col(ApprovalRow.tenant) == tenant,
        col(ApprovalRow.approver_id) == func.any(given),
        col(ApprovalRow.state) == "pending",
    )
    return {*await session.all(logins), *await session.all(asked)}
