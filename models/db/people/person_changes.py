"""Rows of people that are locked to be changed, and what must stay true of all of them."""

from sqlmodel import col, func, select

from models.db.clauses import has_role
from models.db.hierarchy import people_above
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Role


async def lock_person(session: Session, tenant: str, person_id: str) -> PersonRow | None:
    return await session.get(PersonRow, (tenant, person_id), with_for_update=True, populate_existing=True)


async def lock_admins(session: Session, tenant: str) -> set[str]:
    """The ids of the active admins; until the transaction ends, no other one changes whether they are admins."""
    admins = select(PersonRow).where(col(PersonRow.tenant) == tenant, col(PersonRow.active), has_role(Role.ADMIN))
    ordered = admins.order_by(col(PersonRow.id)).with_for_update().execution_options(populate_existing=True)
    return {row.id for row in await session.all(ordered)}


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
    above = people_above(tenant, [manager_id])
    return await session.first(select(above.c.id).where(above.c.id == person_id).limit(1)) is not None
