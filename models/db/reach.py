"""The pages of lists of which a person sees a part.

What a person with few people, sites and accounts sees is looked up from these. For everyone else, PostgreSQL reads the
list in its own order and leaves out what they don't see.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, TEXT, ColumnElement, Select, func, literal, true, union
from sqlmodel import col, select

from models.db.clauses import site_contacts
from models.db.hierarchy import accounts_below, people_below
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.statement import Statement, param
from models.db.visibility import KnownViewer, is_any, person_relations, site_relations, values_of_viewer, visible
from models.facts import Person, Relation

_IDS = ARRAY(TEXT)
# Of this many people or accounts, the rows are looked up one by one.
_MAX_PEOPLE, _MAX_SITES, _MAX_ACCOUNTS = 300, 50, 20
# With this many, each row of a list is compared; of this many people, the rows are looked up if few of them are wanted.
_MAX_KNOWN = 1_000


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose things a person sees: of these people, the person among them, of these sites, and of these accounts."""

    people: tuple[str, ...]
    sites: tuple[str, ...]
    accounts: tuple[str, ...]

    def keys_of(self, table: type[LineRow] | type[DeviceRow]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
        """By what lines or devices are seen."""
        return (table.person_id, self.people), (table.site_id, self.sites), (table.account_id, self.accounts)


_TENANT, _VIEWER = param("tenant"), param("viewer")
_below = people_below(_TENANT, _VIEWER)
_contacts = site_contacts()
_sites = select(_contacts.c.id).where(_contacts.c.tenant == _TENANT).limit(_MAX_SITES + 1)
_REACH = Statement[tuple[list[str], list[str], list[str], list[str]]](
    select(
        func.array(_below.limit(_MAX_KNOWN + 1).scalar_subquery()),
        func.array(_sites.where(_contacts.c.contact_id == _VIEWER).scalar_subquery()),
        func.array(_sites.where(_contacts.c.contact_id.in_(_below.limit(_MAX_KNOWN + 1))).scalar_subquery()),
        func.array(accounts_below(_TENANT, param("viewer_owns", _IDS)).limit(_MAX_KNOWN + 1).scalar_subquery()),
    )
)


async def small_reach(
    session: Session, person: Person, relations: Collection[Relation] | None, *, few_wanted: bool = False
) -> Reach | None:
    """The reach of a person by these relations; None if it is large, or if they see everything (None).

    With `few_wanted`, as in a search, more people count as few: the list in its own order rarely has a row to show.
    """
    if relations is None:
        return None
    below, own_sites, sites_below, accounts = await _read(session, person)
    is_self, manages, owns = (one in relations for one in (Relation.SELF, Relation.MANAGER, Relation.OWNER))
    reach = Reach(
        people=(*((person.id,) if is_self else ()), *(below if manages else ())),
        sites=tuple({*(own_sites if is_self else ()), *(sites_below if manages else ())}),
        accounts=tuple(accounts if owns else ()),
    )
    most = _MAX_KNOWN if few_wanted else _MAX_PEOPLE
    sizes = (len(reach.people), most), (len(reach.sites), _MAX_SITES), (len(reach.accounts), _MAX_ACCOUNTS)
    return reach if all(size <= limit for size, limit in sizes) else None


async def known_viewer(session: Session, person: Person) -> KnownViewer:
    """With those that are at most `_MAX_KNOWN`."""
    below, _, _, accounts = await _read(session, person)
    return KnownViewer(
        person=person,
        below=below if len(below) <= _MAX_KNOWN else None,
        accounts=accounts if len(accounts) <= _MAX_KNOWN else None,
    )


async def _read(session: Session, person: Person) -> tuple[list[str], list[str], list[str], list[str]]:
    """A session reads it once: a form asks for it with each of its lists."""
    if (key := (_REACH, person.id)) not in session.info:
        (session.info[key],) = await session.all(_REACH, **values_of_viewer(person))
    found: tuple[list[str], list[str], list[str], list[str]] = session.info[key]
    return found


async def seen_people(session: Session, person: Person, relations: Collection[Relation] | None) -> ColumnElement[bool]:
    """Rows of people to whom the person has one of these relations: of few, in a form that indexes find."""
    if relations is None:
        return true()
    reach = await small_reach(session, person, relations)
    if reach is None:
        return visible(person_relations(await known_viewer(session, person)), relations)
    return is_any(PersonRow.id, reach.people) | is_any(PersonRow.account_id, reach.accounts)


async def seen_sites(session: Session, person: Person, relations: Collection[Relation] | None) -> ColumnElement[bool]:
    """As `seen_people`, for rows of sites."""
    if relations is None:
        return true()
    reach = await small_reach(session, person, relations)
    if reach is None:
        return visible(site_relations(await known_viewer(session, person)), relations)
    return is_any(SiteRow.id, reach.sites) | is_any(SiteRow.account_id, reach.accounts)


async def in_branch(session: Session, tenant: str, account_id: str, column: Any) -> ColumnElement[bool]:
    """The column has the id of the account or of one below it; PostgreSQL plans for as many as there are."""
    branch: Any = accounts_below(tenant, [account_id])
    ids = await session.all(branch)
    # Only by a single one, an index has the rows in the order of the list.
    return is_any(column, ids) if len(ids) > 1 else col(column) == account_id


def first_ids(
    query: Select[Any],
    keys_by_column: Iterable[tuple[Any, Collection[str]]],
    *others: Select[Any],
    newest_first: bool,
    limit: int,
) -> Select[Any]:
    """The first of the ids that `query` selects of rows that have one of the keys in its column, and that `others` do.

    Each key takes an index that begins with its column and ends with the id.
    """
    of_keys = (_of_each(query, col(column), keys, newest_first, limit) for column, keys in keys_by_column)
    found = union(*of_keys, *others).subquery()
    return _first(select(found.c.id), newest_first, limit)


def beginning_with(page: Select[Any], table: Any, query: Any, *, at_most: int | None = None) -> Any:
    """The query for the rows of the table with the ids of a page; for none of them if they are more than `at_most`.

    The page comes first: PostgreSQL changes the sequence of the first eight tables only.
    """
    ids = page.cte()
    rows = query.select_from(ids).join(table, ids.c.id == table.id)
    return rows if at_most is None else rows.where(select(func.count(ids.c.id)).scalar_subquery() <= at_most)


def _of_each(query: Select[Any], column: Any, keys: Collection[str], newest_first: bool, limit: int) -> Select[Any]:
    key = func.unnest(literal(list(keys), _IDS)).table_valued("id", name="key").render_derived()
    found = _first(query.where(column == key.c.id), newest_first, limit).lateral()
    return select(found.c.id).select_from(key.join(found, true()))


def _first(query: Select[Any], newest_first: bool, limit: int) -> Select[Any]:
    (by_id,) = query.selected_columns
    return query.order_by(by_id.desc() if newest_first else by_id).limit(limit)
