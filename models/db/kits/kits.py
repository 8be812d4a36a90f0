"""The kits of a company."""

from sqlalchemy import func
from sqlmodel import col, select

from models.db.kits.tables import KitRow
from models.db.session import Session
from models.errors import NotFound


async def of_tenant(session: Session, tenant: str, *, only_active: bool = False) -> list[KitRow]:
    """By name, those that are active first."""
    query = select(KitRow).where(col(KitRow.tenant) == tenant)
    if only_active:
        query = query.where(col(KitRow.active))
    return await session.all(query.order_by(col(KitRow.active).desc(), col(KitRow.name)))


async def find(session: Session, tenant: str, kit_id: str) -> KitRow:
    """Raises NotFound."""
    row = await session.get(KitRow, (tenant, kit_id))
    if row is None:
        raise NotFound("Kit not found.")
    return row


async def named(session: Session, tenant: str, name: str) -> KitRow | None:
    """The kit of this name, in whatever case."""
    is_named = func.search_form(col(KitRow.name)) == func.search_form(name)
    return await session.first(select(KitRow).where(col(KitRow.tenant) == tenant, is_named))


async def save(session: Session, row: KitRow) -> None:
    """Write what has changed."""
    session.add(row)
    await session.flush()


async def remove(session: Session, row: KitRow) -> None:
    await session.delete(row)
    await session.flush()


async def lock(session: Session, tenant: str) -> None:
    """Until the end of the transaction, nobody else changes the kits of the tenant."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:kit", 0))))
