"""Tenants: the customers."""

from sqlmodel import col, select

from models.db.people.tables import TenantRow
from models.db.session import Session


async def add(session: Session, tenant: str, name: str) -> bool:
    """False if there is a tenant with this id."""
    return await session.insert_once(TenantRow(id=tenant, name=name))


async def all_tenants(session: Session) -> list[TenantRow]:
    """By id."""
    return await session.all(select(TenantRow).order_by(col(TenantRow.id)))
