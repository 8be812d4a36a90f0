"""Sites, and the people who act for them."""

from collections.abc import Collection

from sqlmodel import col, select

from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.facts import Person, Site
from models.holder import Holder


def site(row: SiteRow, contact: Person | None) -> Site:
    """An inactive contact does not act for the site."""
    return Site(
        id=row.id,
        name=row.name,
        account_id=row.account_id,
        address=row.address,
        contact=contact if contact and contact.active else None,
    )


async def rows_by_id(session: Session, tenant: str, ids: Collection[str]) -> dict[str, SiteRow]:
    """The rows of these sites by id, without those that do not exist."""
    if not ids:
        return {}
    rows = await session.all(select(SiteRow).where(col(SiteRow.tenant) == tenant, col(SiteRow.id).in_(ids)))
    return {row.id: row for row in rows}


async def account_of(session: Session, tenant: str, holder: Holder) -> str | None:
    """The account that a person or a site belongs to."""
    if holder.id is None:
        return None
    table = SiteRow if holder.site_id else PersonRow
    query = select(table.account_id).where(col(table.tenant) == tenant, col(table.id) == holder.id)
    return await session.first(query)


async def representative_id(session: Session, tenant: str, holder: Holder) -> str | None:
    """The id of the person who acts for a holder."""
    if holder.site_id is None:
        return holder.person_id
    row = await session.get(SiteRow, (tenant, holder.site_id))
    return row.contact_id if row else None
