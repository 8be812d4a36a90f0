"""Tenants: the customers."""

from sqlmodel import col, select

from models.db.people.tables import TenantRow
from models.db.session import Session


async def add(session: Session, tenant: str, name: str) -> bool:
    """False if there is a tenant with this id."""
    return await session.insert_once(TenantRow(id=tenant, name=name))


async def of(session: Session, tenant: str) -> TenantRow:
    """The row of a tenant that exists."""
    return await session.get_one(TenantRow, tenant)


async def lock(session: Session, tenant: str) -> TenantRow:
    """The row of a tenant that exists, until the transaction ends."""
    return await session.get_one(TenantRow, tenant, with_for_update=True, populate_existing=True)


async def save(session: Session, row: TenantRow, /, **values: object) -> None:
    """Set columns of a locked row."""
    for name, value in values.items():
        setattr(row, name, value)
    await session.flush()


async def all_tenants(session: Session) -> list[TenantRow]:
    """By id."""
    return await session.all(select(TenantRow).order_by(col(TenantRow.id)))
