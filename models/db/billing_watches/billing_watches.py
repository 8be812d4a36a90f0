"""Watching that no bill charges a line which an order has ended."""

from datetime import date

from sqlmodel import col, select

from models.db.billing_watches.tables import BillingWatchRow
from models.db.session import Session

WATCHING, ASKED, ENDED = "watching", "asked", "ended"


async def add(session: Session, row: BillingWatchRow) -> None:
    """Nothing if the line is watched already."""
    if await find_open(session, row.tenant, row.line_id) is None:
        session.add(row)
        await session.flush()


async def find_open(session: Session, tenant: str, line_id: str) -> BillingWatchRow | None:
    """The watch of a line that is not over, locked until the transaction ends."""
    this = col(BillingWatchRow.tenant) == tenant, col(BillingWatchRow.line_id) == line_id
    return await session.first(
        select(BillingWatchRow).where(*this, col(BillingWatchRow.state) != ENDED).with_for_update()
    )


async def due(session: Session, day: date, limit: int) -> list[BillingWatchRow]:
    """Those that are watched until this day or an earlier one, the earliest first."""
    is_due = col(BillingWatchRow.state) == WATCHING, col(BillingWatchRow.until) <= day
    query = select(BillingWatchRow).where(*is_due).order_by(col(BillingWatchRow.until), col(BillingWatchRow.id))
    return await session.all(query.limit(limit))


async def lock(session: Session, found: BillingWatchRow) -> BillingWatchRow:
    """The row as it is now, locked until the transaction ends."""
    key = found.tenant, found.id
    return await session.get_one(BillingWatchRow, key, with_for_update=True, populate_existing=True)
