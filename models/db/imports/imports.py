"""Imports of files, with what each of their rows did."""

from asyncio import to_thread
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlmodel import col, select

from models.db.clauses import optional
from models.db.imports.tables import ImportedRow, ImportRow, ImportState
from models.db.session import Session
from models.errors import NotFound

# Files that were only checked are deleted after this time, when the next one is checked.
KEPT_UNAPPLIED = timedelta(days=7)


async def get(session: Session, tenant: str, number: int, *, for_update: bool = False) -> ImportRow:
    """Raises NotFound."""
    found = await session.get(ImportRow, (tenant, number), with_for_update=for_update, populate_existing=for_update)
    if found is None:
        raise NotFound
    return found


async def newest(session: Session, tenant: str, *, before: int | None = None, limit: int) -> list[ImportRow]:
    """Newest first; `before` is the number of the last one of the previous page."""
    earlier = optional((before, lambda number: col(ImportRow.number) < number))
    query = select(ImportRow).where(col(ImportRow.tenant) == tenant, *earlier)
    return await session.all(query.order_by(col(ImportRow.number).desc()).limit(limit))


async def rows(
    session: Session, tenant: str, number: int, *, outcomes: Collection[str] = (), after: int = 0, limit: int | None
) -> list[ImportedRow]:
    """The rows of an import with one of these outcomes (none given: all) after a row, in the order of the file."""
    query = select(ImportedRow).where(
        col(ImportedRow.tenant) == tenant, col(ImportedRow.import_number) == number, col(ImportedRow.row) > after
    )
    if outcomes:
        query = query.where(col(ImportedRow.outcome).in_(outcomes))
    return await session.all(query.order_by(col(ImportedRow.row)).limit(limit))


async def replace_rows(session: Session, tenant: str, number: int, new: Iterable[ImportedRow]) -> None:
    """Keep these rows of an import, and no others."""
    await session.exec(
        delete(ImportedRow).where(col(ImportedRow.tenant) == tenant, col(ImportedRow.import_number) == number)
    )
    documents = await to_thread(lambda: [row.model_dump() for row in new])
    if documents:
        connection = await session.connection()
        await connection.execute(insert(ImportedRow), documents)


async def delete_unapplied(session: Session, tenant: str, at: datetime) -> None:
    """Delete the imports that were checked long ago and never applied."""
    old = (
        (col(ImportRow.tenant) == tenant)
        & (col(ImportRow.state) == ImportState.CHECKED)
        & (col(ImportRow.checked_at) < at - KEPT_UNAPPLIED)
    )
    numbers = select(col(ImportRow.number)).where(old)
    await session.exec(
        delete(ImportedRow).where(col(ImportedRow.tenant) == tenant, col(ImportedRow.import_number).in_(numbers))
    )
    await session.exec(delete(ImportRow).where(old))
