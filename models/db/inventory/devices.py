"""Devices with their names and holders."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, or_, select

from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.catalog.tables import ProductRow
from models.db.clauses import device_name, equals_any, holder_name, matches, optional
from models.db.inventory.filters import DEVICE_NUMBERS, InventoryFilters, filter_clauses
from models.db.inventory.known_at_carrier import KnownAtCarrier
from models.db.inventory.tables import ENDED_LINE_STATUSES, DeviceRow, LineRow
from models.db.orders.tables import ItemRow
from models.db.people.tables import PersonRow
from models.db.reach import beginning_with, first_ids, in_branch, known_viewer, small_reach
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.word_search import found_by, is_one_of
from models.errors import NotFound
from models.facts import Person, Relation
from models.holder import NamedHolder
from models.order import Identifiers
from models.search_query import parse_query


@dataclass(frozen=True, kw_only=True)
class DeviceFilters(InventoryFilters):
    """`identifier` is an IMEI, a MEID or an ESN."""

    sku: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceFound:
    """A device, its name and holder, and the person's relations to it."""

    row: DeviceRow
    account: AccountRow
    holder: NamedHolder
    name: str
    relations: frozenset[Relation]


async def list_devices(
    session: Session,
    person: Person,
    filters: DeviceFilters = DeviceFilters(),
    *,
    relations: Collection[Relation] | None,
    after: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
    only_if_all: bool = False,
) -> list[DeviceFound]:
    """Devices the person has one of these relations to (None: all of the tenant), oldest first.

    `after` is the id of the last device of the previous page. `only_if_all`: none of them if there are more than
    `limit`.
    """
    tenant, search = person.tenant, filters.search
    exactly = _with_numbers(tenant, search.identifiers)
    found = await found_by(session, DeviceRow, tenant, search, filters.found, *exactly)
    wanted = select(DeviceRow.id).where(
        *filter_clauses(DeviceRow, filters, tenant),
        *optional((after, lambda value: col(DeviceRow.id) > value)),
        found.clause,
        *optional(
            (filters.sku, lambda value: col(DeviceRow.sku) == value),
            (filters.identifier, lambda value: is_one_of(DeviceRow, *_with_numbers(tenant, [value]))),
        ),
    )
    by_age = col(DeviceRow.id).desc() if newest_first else col(DeviceRow.id)
    if filters.account:
        wanted = wanted.where(await in_branch(session, tenant, filters.account, DeviceRow.account_id))
    row_by_row = relations is not None and not (found.few or filters.identifier)
    reach = await small_reach(session, person, relations, few_wanted=bool(search.words)) if row_by_row else None
    viewer = await known_viewer(session, person) if row_by_row else person
    clauses = visibility.inventory_relations(viewer, DeviceRow)
    if reach:
        page = first_ids(wanted, reach.keys_of(DeviceRow), newest_first=newest_first, limit=limit + only_if_all)
    else:
        page = wanted.where(visibility.visible(clauses, relations)).order_by(by_age).limit(limit + only_if_all)
    query = (
        _select_devices(clauses, page, at_most=limit if only_if_all else None)
        .where(col(DeviceRow.tenant) == person.tenant)
        .order_by(by_age)
    )
    return [_found(clauses, *row) for row in await session.all(query)]


async def find_device(session: Session, person: Person, ref: str) -> DeviceFound:
    """The newest device with this id, IMEI, MEID or ESN (in any format), in the person's tenant. Raises NotFound."""
    names = {ref.strip(), *parse_query(ref).identifiers}
    clauses = visibility.inventory_relations(person, DeviceRow)
    row = await session.first(
        _select_devices(clauses)
        .where(
            col(DeviceRow.tenant) == person.tenant,
            or_(*(equals_any(name, DeviceRow.id, *DEVICE_NUMBERS) for name in names)),
        )
        .order_by(col(DeviceRow.id).desc())
        .limit(1)
    )
    if row is None:
        raise NotFound
    return _found(clauses, *row)


async def of_items(session: Session, tenant: str, items: Collection[ItemRow]) -> list[str]:
    """The ids of the devices that the items are about, or that are on their lines, each once."""
    line_ids = [item.line_id for item in items if item.line_id and not item.device_id]
    on_lines = select(LineRow.id, LineRow.device_id).where(col(LineRow.tenant) == tenant, col(LineRow.id).in_(line_ids))
    by_line = dict(await session.all(on_lines)) if line_ids else {}
    found = (item.device_id or by_line.get(item.line_id or "") for item in items)
    return list(dict.fromkeys(device_id for device_id in found if device_id))


async def lines_of(session: Session, tenant: str, device_ids: Collection[str]) -> dict[str, LineRow]:
    """The line that each of these devices is on, by the device's id."""
    rows = await session.all(
        select(LineRow)
        .where(
            col(LineRow.tenant) == tenant,
            col(LineRow.device_id).in_(device_ids),
            col(LineRow.status).not_in(ENDED_LINE_STATUSES),
        )
        .order_by(col(LineRow.id))
    )
    return {row.device_id: row for row in rows if row.device_id is not None}


async def at_carrier(session: Session, tenant: str, device_ids: Collection[str]) -> dict[str, KnownAtCarrier]:
    """These devices by id, each with the number and product of the line that it is on."""
    devices = select(DeviceRow).where(col(DeviceRow.tenant) == tenant, col(DeviceRow.id).in_(device_ids))
    found, lines = await session.all(devices), await lines_of(session, tenant, device_ids)
    return {device.id: _known(device, lines.get(device.id)) for device in found}


def _known(device: DeviceRow, line: LineRow | None) -> KnownAtCarrier:
    return KnownAtCarrier(
        identifiers=Identifiers(
            mdn=line.mdn if line else None,
            imei=device.imei,
            imei2=device.imei2,
            carrier_product_id=line.carrier_product_id if line else None,
        ),
        billing_account=line.carrier_account if line else None,
    )


def _with_numbers(tenant: str, numbers: Collection[str]) -> list[Select[Any]]:
    """The ids of the devices that have one of these numbers; [] for none."""
    if not numbers:
        return []
    has_number = or_(*(col(number).in_(numbers) for number in DEVICE_NUMBERS))
    return [select(DeviceRow.id).where(col(DeviceRow.tenant) == tenant, has_number)]


def _select_devices(
    clauses: visibility.RelationClauses, page: Select[Any] | None = None, *, at_most: int | None = None
) -> Any:
    """The devices of the page of ids, if given; none if they are more than `at_most`."""
    query: Any = select(DeviceRow, AccountRow, holder_name(PersonRow, SiteRow)).add_columns(
        device_name(DeviceRow, ProductRow), *visibility.labeled(clauses)
    )
    return (
        (query if page is None else beginning_with(page, DeviceRow, query, at_most=at_most))
        .join(AccountRow, matches(AccountRow.id, DeviceRow.account_id))
        .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
        .outerjoin(PersonRow, matches(PersonRow.id, DeviceRow.person_id))
        .outerjoin(SiteRow, matches(SiteRow.id, DeviceRow.site_id))
    )


def _found(clauses: visibility.RelationClauses, *found: Any) -> DeviceFound:
    row, account, holder, name, *flags = found
    return DeviceFound(
        row=row,
        account=account,
        holder=NamedHolder(holder=row.holder, name=holder),
        name=name,
        relations=visibility.relations_of(clauses, flags),
    )
