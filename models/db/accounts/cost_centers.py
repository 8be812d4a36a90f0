"""Cost centers, and who owns the budget of each."""

from collections.abc import Collection

from sqlmodel import col, or_, select

from models.db.accounts.tables import CostCenterRow
from models.db.session import Session


async def missing(session: Session, tenant: str, codes: Collection[str]) -> list[str]:
    """Those of the codes that no active cost center has."""
    active = (col(CostCenterRow.tenant) == tenant, col(CostCenterRow.active), col(CostCenterRow.code).in_(codes))
    known = set(await session.all(select(CostCenterRow.code).where(*active)))
    return sorted({*codes} - known)


async def active(session: Session, tenant: str) -> list[CostCenterRow]:
    """By code."""
    rows = (col(CostCenterRow.tenant) == tenant, col(CostCenterRow.active))
    return await session.all(select(CostCenterRow).where(*rows).order_by(col(CostCenterRow.code)))


async def owned_by(session: Session, tenant: str, person_id: str) -> list[CostCenterRow]:
    """By code."""
    owned = (col(CostCenterRow.tenant) == tenant, col(CostCenterRow.owner_id) == person_id)
    return await session.all(select(CostCenterRow).where(*owned).order_by(col(CostCenterRow.code)))


async def give(session: Session, tenant: str, person_id: str, codes: Collection[str]) -> list[str]:
    """Make the person the owner of these cost centers and of no other; returns those they owned."""
    affected = or_(col(CostCenterRow.owner_id) == person_id, col(CostCenterRow.code).in_(codes))
    query = select(CostCenterRow).where(col(CostCenterRow.tenant) == tenant, affected)
    before = []
    for row in await session.all(query.order_by(col(CostCenterRow.code)).with_for_update()):
        before += [row.code] if row.owner_id == person_id else []
        row.owner_id = person_id if row.code in codes else None
    return before
