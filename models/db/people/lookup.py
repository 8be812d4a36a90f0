"""People of a tenant: some by id, those above one, those who hold a role."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, Select, func, literal
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Person, Role

_HIGHEST = 32  # a chain of managers that is longer runs in a circle


def person(row: PersonRow) -> Person:
    """A person as the rules see them."""
    return Person(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        email=row.email,
        active=row.active,
        roles=frozenset(Role(role) for role in row.roles),
        manager_id=row.manager_id,
        account_id=row.account_id,
        cost_center=row.cost_center,
        owns=frozenset(row.owns),
        groups=frozenset(row.groups),
        phone=row.phone,
        address=row.address,
    )


async def by_id(session: Session, tenant: str, person_id: str) -> Person | None:
    """The person with this id, active or not."""
    row = await session.get(PersonRow, (tenant, person_id))
    return person(row) if row else None


async def by_ids(session: Session, tenant: str, ids: Collection[str]) -> dict[str, Person]:
    """Those of these people who exist, by id."""
    rows = await session.exec(select(PersonRow).where(col(PersonRow.tenant) == tenant, col(PersonRow.id).in_(ids)))
    return {row.id: person(row) for row in rows}


async def row_by_id(session: Session, tenant: str, person_id: str) -> PersonRow | None:
    """The row of a person, None where there is none."""
    return await session.get(PersonRow, (tenant, person_id))


async def add(session: Session, row: PersonRow) -> None:
    """Insert a person."""
    session.add(row)
    await session.flush()


async def holders(session: Session, tenant: str, role: Role) -> list[PersonRow]:
    """The active people who hold a role, by name."""
    active = (col(PersonRow.tenant) == tenant, col(PersonRow.active))
    rows = await session.exec(select(PersonRow).where(*active, has_role(role)).order_by(col(PersonRow.name)))
    return list(rows.all())


async def has_address(session: Session, tenant: str, email: str) -> bool:
    """Whether somebody of the tenant has this mail address."""
    rows = await session.exec(
        select(PersonRow.id).where(col(PersonRow.tenant) == tenant, func.lower(PersonRow.email) == email.lower())
    )
    return rows.first() is not None


def above(tenant: str, person_ids: Collection[str]) -> CTE:
    """People (height 0) and the ids of everybody above each of them (`below`), with `height` rising."""
    start: tuple[Any, ...] = (literal(0).label("height"), col(PersonRow.id).label("below"))
    first: Select[Any] = select_columns(col(PersonRow.id), col(PersonRow.manager_id), *start).where(
        col(PersonRow.tenant) == tenant, col(PersonRow.id).in_(person_ids)
    )
    chain = first.cte("above", recursive=True)
    next_up: tuple[Any, ...] = (chain.c.height + 1, chain.c.below)
    higher: Select[Any] = (
        select_columns(col(PersonRow.id), col(PersonRow.manager_id), *next_up)
        .join(chain, col(PersonRow.id) == chain.c.manager_id)
        .where(col(PersonRow.tenant) == tenant, chain.c.height < _HIGHEST)
    )
    return chain.union_all(higher)


def has_role(role: Role) -> Any:
    """Whether a PersonRow holds a role, as SQL."""
    return col(PersonRow.roles).contains([role.value])
