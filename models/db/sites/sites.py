"""Sites, and the people who act for them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from models.db import visibility
from models.db.clauses import site_contacts
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.errors import NotFound
from models.facts import Person, Relation, Site
from models.holder import Holder


def site(row: SiteRow, contact: Person | None) -> Site:
    return Site(
        id=row.id,
        name=row.name,
        active=row.active,
        account_id=row.account_id,
        address=row.address,
        contact=contact,
    )


async def relations_to(session: Session, asking: Person, site_id: str) -> frozenset[Relation]:
    """The relations of `asking` to a site of their tenant. Raises NotFound."""
    clauses = visibility.site_relations(asking)
    # Select a second column from the start: SQLModel types and reads a query of one column as a scalar.
    query: Any = select(col(SiteRow.tenant), col(SiteRow.id)).add_columns(*visibility.labeled(clauses))
    found = await session.first(query.where(col(SiteRow.tenant) == asking.tenant, col(SiteRow.id) == site_id))
    if found is None:
        raise NotFound
    _, _, *flags = found
    return visibility.relations_of(clauses, flags)


async def list_sites(
    session: Session, asking: Person, *, relations: Collection[Relation] | None, name: str = "", limit: int
) -> list[SiteRow]:
    """The sites to which `asking` has one of these relations (None: all of the tenant), by name.

    With a `name`, only those that have it, in whatever case and accents.
    """
    query: Any = select(SiteRow).where(
        col(SiteRow.tenant) == asking.tenant,
        col(SiteRow.active),
        visibility.visible(visibility.site_relations(asking), relations),
        *([func.search_form(col(SiteRow.name)) == func.search_form(name)] if name else ()),
    )
    found: list[SiteRow] = await session.all(query.order_by(col(SiteRow.name), col(SiteRow.id)).limit(limit))
    return found


async def with_contacts(session: Session, tenant: str, ids: Collection[str]) -> list[tuple[SiteRow, str | None]]:
    """Those of these sites that exist, with the id of the person who acts for each."""
    if not ids:
        return []
    contacts = site_contacts()
    return await session.all(
        select(SiteRow, contacts.c.contact_id)
        .outerjoin(contacts, (contacts.c.tenant == col(SiteRow.tenant)) & (contacts.c.id == col(SiteRow.id)))
        .where(col(SiteRow.tenant) == tenant, col(SiteRow.id).in_(ids))
    )


async def of_contact(session: Session, tenant: str, person_id: str) -> list[SiteRow]:
    """The sites whose contact the person is, by name."""
    own = (col(SiteRow.tenant) == tenant, col(SiteRow.contact_id) == person_id)
    return await session.all(select(SiteRow).where(*own).order_by(col(SiteRow.name), col(SiteRow.id)))


async def account_of(session: Session, tenant: str, holder: Holder) -> str | None:
    """The account that a person or a site belongs to."""
    if holder.id is None:
        return None
    table = SiteRow if holder.site_id else PersonRow
    query = select(table.account_id).where(col(table.tenant) == tenant, col(table.id) == holder.id)
    return await session.first(query)
