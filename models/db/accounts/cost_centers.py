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


async def active(session: Session, tenant: str, *, limit: int) -> list[CostCenterRow]:
    """By code."""
    rows = (col(CostCenterRow.tenant) == tenant, col(CostCenterRow.active))
    return await session.all(select(CostCenterRow).where(*rows).order_by(col(CostCenterRow.code)).limit(limit))


async def owned_by(session: Session, tenant: str, person_id: str) -> list[CostCenterRow]:
    """By code."""
    owned = (col(CostCenterRow.tenant) == tenant, col(CostCenterRow.owner_id) == person_id)
    return await session.all(select(CostCenterRow).where(*owned).order_by(col(CostCenterRow.code)))


async def owners(session: Session, tenant: str, codes: Collection[str]) -> dict[str, str | None]:
    """The ids of the owners of these cost centers, by code."""
    query = select(CostCenterRow.code, CostCenterRow.owner_id).where(col(CostCenterRow.tenant) == tenant)
    return dict(await session.all(query.where(col(CostCenterRow.code).in_(codes))))


async def owner_of(session: Session, tenant: str, code: str | None) -> str | None:
    """The id of the owner of an active cost center."""
    this = col(CostCenterRow.tenant) == tenant, col(CostCenterRow.code) == code, col(CostCenterRow.active)
    return await session.first(select(CostCenterRow.owner_id).where(*this))


async def lock(session: Session, tenant: str, person_id: str, codes: Collection[str]) -> list[CostCenterRow]:
    """Those with these codes, those of the person, and all of the other owners, by code, until the transaction ends."""
    of_tenant = col(CostCenterRow.tenant) == tenant
    owners = select(CostCenterRow.owner_id).where(of_tenant, col(CostCenterRow.code).in_(codes))
    affected = or_(
        col(CostCenterRow.owner_id) == person_id,
        col(CostCenterRow.code).in_(codes),
        col(CostCenterRow.owner_id).in_(owners),
    )
    query = select(CostCenterRow).where(of_tenant, affected).order_by(col(CostCenterRow.code)).with_for_update()
    return await session.all(query.execution_options(populate_existing=True))


async def lock_owned(session: Session, tenant: str, person_ids: Collection[str]) -> list[CostCenterRow]:
    """Those of these people, by code, until the transaction ends."""
    owned = col(CostCenterRow.tenant) == tenant, col(CostCenterRow.owner_id).in_(person_ids)
    query = select(CostCenterRow).where(*owned).order_by(col(CostCenterRow.code)).with_for_update()
    return await session.all(query.execution_options(populate_existing=True))


async def give(session: Session, rows: Collection[CostCenterRow], person_id: str, codes: Collection[str]) -> None:
    """Make the person the owner of those with these codes, and of no other of the locked rows."""
    for row in rows:
        if row.code in codes:
            row.owner_id = person_id
        elif row.owner_id == person_id:
            row.owner_id = None
    await session.flush()
