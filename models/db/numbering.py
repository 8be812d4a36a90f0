"""Rows that a tenant knows by their number, such as imports."""

from typing import Any

from sqlmodel import col, func, select

from models.db.session import Session


async def lock(session: Session, table: Any, tenant: str) -> None:
    """Until the transaction ends, other transactions that call this for the tenant wait."""
    name = f"{tenant}:{table.__tablename__}"
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def next_number(session: Session, table: Any, tenant: str) -> int:
    """The number of the next row of a tenant that is locked."""
    last: int | None = await session.first(select(func.max(col(table.number))).where(col(table.tenant) == tenant))
    return (last or 0) + 1
