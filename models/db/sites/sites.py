"""Sites, and the people who act for them."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, TEXT, ColumnElement, any_, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select, tuple_

from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.clauses import matches, site_contacts
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.reach import seen_sites
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.statement import Statement, param
from models.errors import NotFound
from models.facts import Person, Relation, Site


class SiteFound(NamedTuple):
    """A site with its account, and the person who acts for it."""

    row: SiteRow
    account: AccountRow
    contact: PersonRow | None


class SiteUses(NamedTuple):
    """How many lines, devices and orders name a site."""

    lines: int
    devices: int
    orders: int


_contacts = site_contacts()
_WITH_CONTACTS = Statement[tuple[SiteRow, str | None]](
    select(SiteRow, _contacts.c.contact_id)
    .outerjoin(_contacts, (_contacts.c.tenant == col(SiteRow.tenant)) & (_contacts.c.id == col(SiteRow.id)))
    .where(col(SiteRow.tenant) == param("tenant"), col(SiteRow.id) == any_(param("ids", ARRAY(TEXT)))),
    SiteRow,
    None,
)


_RELATIONS = visibility.site_relations(visibility.ANYONE)
_RELATIONS_TO = Statement[Any](
    select(*visibility.labeled(_RELATIONS)).where(
        col(SiteRow.tenant) == param("tenant"), col(SiteRow.id) == param("id")
    )
)


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
    flags = await session.first(_RELATIONS_TO, id=site_id, **visibility.values_of_viewer(asking))
    if flags is None:
        raise NotFound
    return visibility.relations_of(_RELATIONS, flags)


async def list_sites(
    session: Session, asking: Person, *, relations: Collection[Relation] | None, name: str = "", limit: int
) -> list[SiteRow]:
    """The sites to which `asking` has one of these relations (None: all of the tenant), by name.

    With a `name`, only those that have it, in whatever case and accents.
    """
    query: Any = select(SiteRow).where(
        col(SiteRow.tenant) == asking.tenant,
        col(SiteRow.active),
        await seen_sites(session, asking, relations),
        *([_is_named(name)] if name else ()),
    )
    found: list[SiteRow] = await session.all(query.order_by(col(SiteRow.name), col(SiteRow.id)).limit(limit))
    return found


async def with_contacts(session: Session, tenant: str, ids: Collection[str]) -> list[tuple[SiteRow, str | None]]:
    """Those of these sites that exist, with the id of the person who acts for each."""
    if not ids:
        return []
    return await session.all(_WITH_CONTACTS, tenant=tenant, ids=[*ids])


async def of_contact(session: Session, tenant: str, person_id: str) -> list[SiteRow]:
    """The sites whose contact the person is, by name."""
    own = (col(SiteRow.tenant) == tenant, col(SiteRow.contact_id) == person_id)
    return await session.all(select(SiteRow).where(*own).order_by(col(SiteRow.name), col(SiteRow.id)))


async def page(session: Session, tenant: str, *, after: str | None, limit: int) -> list[SiteFound]:
    """By name, those that are active first. `after` is the id of the last site of the previous page."""
    query, by_name = _with_names(tenant), (col(SiteRow.name), col(SiteRow.id))
    if after is not None:
        before = aliased(SiteRow)
        later_name = (col(SiteRow.active) == before.active) & (tuple_(*by_name) > tuple_(before.name, before.id))
        first_inactive = col(SiteRow.active) < before.active
        query = query.join(before, (before.tenant == tenant) & (before.id == after)).where(later_name | first_inactive)
    rows = query.order_by(col(SiteRow.active).desc(), *by_name).limit(limit)
    return [SiteFound(*found) for found in await session.all(rows)]


async def find(session: Session, tenant: str, site_id: str) -> SiteFound:
    """Raises NotFound."""
    found = await session.first(_with_names(tenant).where(col(SiteRow.id) == site_id))
    if found is None:
        raise NotFound("Site not found.")
    return SiteFound(*found)


async def with_address(session: Session, tenant: str, *, limit: int) -> list[SiteRow]:
    """The first of the active sites that parcels can be sent to, by name."""
    return await session.all(
        select(SiteRow)
        .where(col(SiteRow.tenant) == tenant, col(SiteRow.active), col(SiteRow.address).is_not(None))
        .order_by(col(SiteRow.name))
        .limit(limit)
    )


async def named(session: Session, tenant: str, name: str) -> SiteRow | None:
    """The site of this name, in whatever case."""
    return await session.first(select(SiteRow).where(col(SiteRow.tenant) == tenant, _is_named(name)).limit(1))


def _is_named(name: str) -> ColumnElement[bool]:
    return col(SiteRow.search) == func.concat(" ", func.search_form(name))


async def save(session: Session, row: SiteRow) -> None:
    """Write what has changed."""
    session.add(row)
    await session.flush()


async def remove(session: Session, row: SiteRow) -> None:
    await session.delete(row)
    await session.flush()


async def lock(session: Session, tenant: str) -> None:
    """Until the end of the transaction, nobody else changes the sites of the tenant."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:site", 0))))


async def uses(session: Session, row: SiteRow) -> SiteUses:
    """What names a site."""
    counted = (
        select(func.count()).where(col(table.tenant) == row.tenant, col(site_id) == row.id).scalar_subquery()
        for table, site_id in (
            (LineRow, LineRow.site_id),
            (DeviceRow, DeviceRow.site_id),
            (OrderRow, OrderRow.beneficiary_site_id),
        )
    )
    query: Any = select(*counted)
    return SiteUses(*(await session.exec(query)).one())


def _with_names(tenant: str) -> Any:
    return (
        select(SiteRow, AccountRow, PersonRow)
        .join(AccountRow, matches(AccountRow.id, SiteRow.account_id))
        .outerjoin(PersonRow, matches(PersonRow.id, SiteRow.contact_id))
        .where(col(SiteRow.tenant) == tenant)
    )
