"""The numbers that an account must not lose."""

from collections.abc import Collection, Mapping

from sqlalchemy import any_
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.session import Session


async def change(
    session: Session, tenant: str, account_id: str, *, add: Collection[str], remove: Collection[str]
) -> tuple[list[str], list[str]]:
    """Add these numbers to those of an account, and remove these; returns those that it had, and those that it has."""
    account = await session.get_one(AccountRow, (tenant, account_id), with_for_update=True, populate_existing=True)
    before = account.critical_numbers
    account.critical_numbers = sorted({*before} - {*remove} | {*add})
    return before, account.critical_numbers


async def follow(session: Session, tenant: str, *, before: str, after: str) -> list[AccountRow]:
    """List the new number of a line wherever its old one is listed; returns these accounts as they are then."""
    listing = select(AccountRow).where(
        col(AccountRow.tenant) == tenant, any_(col(AccountRow.critical_numbers)) == before
    )
    found = await session.all(listing.order_by(col(AccountRow.id)).with_for_update())
    for account in found:
        account.critical_numbers = sorted({*account.critical_numbers} - {before} | {after})
    return found


async def lines_in_use(session: Session, tenant: str, numbers: Collection[str]) -> Mapping[str, str]:
    """The id of the line in use that has a number, by number."""
    if not numbers:
        return {}
    has_number = (col(LineRow.tenant) == tenant, col(LineRow.mdn).in_(numbers))
    in_use = col(LineRow.status).not_in(ENDED_LINE_STATUSES)
    rows = await session.all(select(LineRow).where(*has_number, in_use))
    return {row.mdn: row.id for row in rows if row.mdn}
