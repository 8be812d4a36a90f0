"""Lines with their holders, devices, SIMs and plans."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.catalog.tables import ProductRow
from models.db.clauses import acts_for_holder, device_name, equals_any, had_number, holder_name, matches, optional
from models.db.inventory.filters import DEVICE_NUMBERS, InventoryFilters, filter_clauses
from models.db.inventory.inventory_values import value_of
from models.db.inventory.known_at_carrier import KnownAtCarrier
from models.db.inventory.tables import ENDED_LINE_STATUSES, DeviceRow, LineRow, SimRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.reach import beginning_with, first_ids, in_branch, known_viewer, small_reach
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.word_search import found_by, is_one_of
from models.errors import NotFound
from models.facts import Person, Relation
from models.holder import NamedHolder
from models.identifiers import parse_mdn, stored_form
from models.inventory import Device, InventoryState, Line, LineStatus, Sim
from models.order import Identifiers
from models.rule_kinds.features import EndedBy


@dataclass(frozen=True, kw_only=True)
class LineFilters(InventoryFilters):
    """`identifier` is the phone number, or an identifier of the SIM or device on the line."""

    carrier: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineFound:
    """A line, what is on it, and the person's relations to it."""

    row: LineRow
    account: AccountRow
    holder: NamedHolder
    device: DeviceRow | None
    device_name: str
    sim: SimRow | None
    plan_name: str | None
    relations: frozenset[Relation]


async def list_lines(
    session: Session,
    person: Person,
    filters: LineFilters = LineFilters(),
    *,
    relations: Collection[Relation] | None,
    after: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
    only_if_all: bool = False,
) -> list[LineFound]:
    """Lines the person has one of these relations to (None: all of the tenant), oldest first.

    A phone number finds first the line that has it, then those that had it. `after` is the id of the last line of the
    previous page. `only_if_all`: none of them if there are more than `limit`.
    """
    tenant, search = person.tenant, filters.search
    sequence = _sequence(filters.identifier or search.readings.get("phone number"))
    exactly = _with_numbers(tenant, search.identifiers)
    found = await found_by(session, LineRow, tenant, search, filters.found, *exactly)
    wanted = select(LineRow.id).where(
        *filter_clauses(LineRow, filters, tenant),
        *optional((after, lambda value: tuple_(*sequence) > _place_of(tenant, value, sequence))),
        found.clause,
        *optional(
            (filters.carrier, lambda value: col(LineRow.carrier) == value),
            (filters.identifier, lambda value: is_one_of(LineRow, *_with_numbers(tenant, [value]))),
        ),
    )
    in_order = (col(LineRow.id).desc(),) if newest_first else sequence
    if filters.account:
        wanted = wanted.where(await in_branch(session, tenant, filters.account, LineRow.account_id))
    row_by_row = relations is not None and not (found.few or filters.identifier)
    reach = await small_reach(session, person, relations, few_wanted=bool(search.words)) if row_by_row else None
    viewer = await known_viewer(session, person) if row_by_row else person
    clauses = visibility.inventory_relations(viewer, LineRow)
    if reach:
        page = first_ids(wanted, reach.keys_of(LineRow), newest_first=newest_first, limit=limit + only_if_all)
    else:
        page = wanted.where(visibility.visible(clauses, relations)).order_by(*in_order).limit(limit + only_if_all)
    query = (
        _select_lines(clauses, page, at_most=limit if only_if_all else None)
        .where(col(LineRow.tenant) == tenant)
        .order_by(*in_order)
    )
    return [_found(clauses, *row) for row in await session.all(query)]


async def find_line(session: Session, person: Person, ref: str) -> LineFound:
    """The line with this id or phone number (in any format), in the person's tenant. Raises NotFound.

    Of several lines with the number, the one in use, else the newest, else one that had the number before.
    """
    clauses, name = visibility.inventory_relations(person, LineRow), stored_form(parse_mdn, ref)
    row = await session.first(
        _select_lines(clauses)
        .where(col(LineRow.tenant) == person.tenant, or_(equals_any(name, LineRow.id, LineRow.mdn), had_number(name)))
        .order_by(
            col(LineRow.id) != name,
            *_sequence(name)[:1],
            col(LineRow.status).in_(ENDED_LINE_STATUSES),
            col(LineRow.id).desc(),
        )
        .limit(1)
    )
    if row is None:
        raise NotFound
    return _found(clauses, *row)


async def named_by_carrier(session: Session, carrier: str, told: Identifiers) -> LineRow | None:
    """The line in use that the carrier calls so, of all tenants: by its own ID, else by the phone number.

    A line that has another ID at the carrier isn't it: the carrier tells of an add-on with the line's phone number.
    None if several tenants have one.
    """
    in_use = col(LineRow.carrier) == carrier, col(LineRow.status).not_in(ENDED_LINE_STATUSES)
    product_id = col(LineRow.carrier_product_id)
    # Numbers are found by tenant, so that each tenant's index is used.
    of_tenants = col(LineRow.tenant).in_(select(TenantRow.id))
    has_no_other_id = product_id.is_(None) if told.carrier_product_id else true()
    for clauses, value in (
        ((product_id == told.carrier_product_id,), told.carrier_product_id),
        ((of_tenants, col(LineRow.mdn) == told.mdn, has_no_other_id), told.mdn),
    ):
        if value and (found := await session.all(select(LineRow).where(*in_use, *clauses))):
            return found[0] if len(found) == 1 else None
    return None


async def on_line(session: Session, row: LineRow) -> InventoryState:
    """A line with the device and SIM on it."""
    device = await session.get(DeviceRow, (row.tenant, row.device_id)) if row.device_id else None
    sim = await session.get(SimRow, (row.tenant, row.sim_id)) if row.sim_id else None
    return InventoryState(
        line=value_of(Line, row),
        device=value_of(Device, device) if device else None,
        sim=value_of(Sim, sim) if sim else None,
    )


async def with_representatives(
    session: Session, tenant: str, line_ids: Collection[str]
) -> list[tuple[LineRow, PersonRow | None]]:
    """These lines, by phone number, with the person who acts for the holder of each, if active."""
    acts = col(PersonRow.id) == acts_for_holder(LineRow.person_id, LineRow.site_id)
    return await session.all(
        select(LineRow, PersonRow)
        .outerjoin(PersonRow, acts & (col(PersonRow.tenant) == tenant) & col(PersonRow.active))
        .where(col(LineRow.tenant) == tenant, col(LineRow.id).in_(line_ids))
        .order_by(col(LineRow.mdn))
    )


async def kept_by_carriers(session: Session) -> list[Line]:
    """The lines of all tenants that their carriers know by a product ID, also those they can still reconnect."""
    given_up = (LineStatus.TERMINATED, LineStatus.VOID)
    known = select(LineRow).where(col(LineRow.carrier_product_id).is_not(None), col(LineRow.status).not_in(given_up))
    return [value_of(Line, row) for row in await session.all(known.order_by(col(LineRow.id)))]


async def features_of(session: Session, tenant: str, line_ids: Collection[str]) -> dict[str, list[str]]:
    """The features that these lines have, by id."""
    columns = (col(LineRow.id), col(LineRow.features))
    of_lines = select(*columns).where(col(LineRow.tenant) == tenant, col(LineRow.id).in_(line_ids))
    return dict(await session.all(of_lines))


async def at_carrier(session: Session, tenant: str, line_ids: Collection[str]) -> dict[str, KnownAtCarrier]:
    """These lines by id, with the numbers of their devices and SIMs; those without a phone number are left out."""
    rows = await session.all(
        select(LineRow, DeviceRow, SimRow)
        .outerjoin(DeviceRow, matches(DeviceRow.id, LineRow.device_id))
        .outerjoin(SimRow, matches(SimRow.id, LineRow.sim_id))
        .where(col(LineRow.tenant) == tenant, col(LineRow.id).in_(line_ids), col(LineRow.mdn).is_not(None))
    )
    return {
        line.id: KnownAtCarrier(
            identifiers=Identifiers(
                mdn=line.mdn,
                imei=device.imei if device else None,
                imei2=device.imei2 if device else None,
                iccid=sim.iccid if sim else None,
                eid=sim.eid if sim else None,
                carrier_product_id=line.carrier_product_id,
            ),
            billing_account=line.carrier_account,
            plan=line.plan,
            features=tuple(line.features),
            ended_there=tuple(end["sku"] for end in line.feature_ends if end["by"] == EndedBy.CARRIER),
        )
        for line, device, sim in rows
    }


def _with_numbers(tenant: str, numbers: Collection[str]) -> list[Select[Any]]:
    """The ids of the lines that have or had one of these numbers, themselves or by their SIM or device; [] for none."""
    if not numbers:
        return []
    own = or_(col(LineRow.mdn).in_(numbers), *map(had_number, numbers))
    on_sim = or_(col(SimRow.iccid).in_(numbers), col(SimRow.eid).in_(numbers))
    on_device = or_(*(col(number).in_(numbers) for number in DEVICE_NUMBERS))
    of_tenant = select(LineRow.id).where(col(LineRow.tenant) == tenant)
    return [
        of_tenant.where(own),
        of_tenant.join(SimRow, matches(SimRow.id, LineRow.sim_id)).where(on_sim),
        of_tenant.join(DeviceRow, matches(DeviceRow.id, LineRow.device_id)).where(on_device),
    ]


def _sequence(identifier: str | None) -> tuple[ColumnElement[Any], ...]:
    """What lines are sorted by: first those whose phone number is the identifier that they are searched by."""
    has_it = (col(LineRow.mdn).is_distinct_from(identifier),) if identifier else ()
    return (*has_it, col(LineRow.id))


def _place_of(tenant: str, line_id: str, sequence: Sequence[ColumnElement[Any]]) -> Any:
    """The place of a line in this sequence."""
    return select(*sequence).where(col(LineRow.tenant) == tenant, col(LineRow.id) == line_id).scalar_subquery()


def _select_lines(
    clauses: visibility.RelationClauses, page: Select[Any] | None = None, *, at_most: int | None = None
) -> Any:
    """The lines of the page of ids, if given; none if they are more than `at_most`."""
    plan = aliased(ProductRow)
    query: Any = select(LineRow, AccountRow, holder_name(PersonRow, SiteRow), DeviceRow).add_columns(
        device_name(DeviceRow, ProductRow), SimRow, col(plan.name), *visibility.labeled(clauses)
    )
    return (
        (query if page is None else beginning_with(page, LineRow, query, at_most=at_most))
        .join(AccountRow, matches(AccountRow.id, LineRow.account_id))
        .outerjoin(DeviceRow, matches(DeviceRow.id, LineRow.device_id))
        .outerjoin(SimRow, matches(SimRow.id, LineRow.sim_id))
        .outerjoin(PersonRow, matches(PersonRow.id, LineRow.person_id))
        .outerjoin(SiteRow, matches(SiteRow.id, LineRow.site_id))
        .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
        .outerjoin(plan, matches(plan.sku, LineRow.plan))
    )


def _found(clauses: visibility.RelationClauses, *found: Any) -> LineFound:
    row, account, holder, device, device_name, sim, plan_name, *flags = found
    return LineFound(
        row=row,
        account=account,
        holder=NamedHolder(holder=row.holder, name=holder),
        device=device,
        device_name=device_name,
        sim=sim,
        plan_name=plan_name,
        relations=visibility.relations_of(clauses, flags),
    )
