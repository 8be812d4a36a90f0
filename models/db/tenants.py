"""Tenants as their people see them on every page: a name, and the time of day."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db.tables import PolicyRow, TenantRow
from models.facts import Policy


@dataclass(frozen=True, kw_only=True)
class House:
    """What every page of a tenant needs to know of it."""

    name: str
    time_zone: str


async def house(session: AsyncSession, tenant: str) -> House:
    """The tenant's name, and the time zone of the policy in force."""
    zone = (
        select(col(PolicyRow.document)["time_zone"].as_string())
        .where(col(PolicyRow.tenant) == col(TenantRow.id))
        .order_by(col(PolicyRow.version).desc())
        .limit(1)
        .scalar_subquery()
    )
    query: Any = select(col(TenantRow.name), zone).where(col(TenantRow.id) == tenant)
    name, time_zone = (await session.exec(query)).one()
    return House(name=name, time_zone=time_zone or Policy().time_zone)
