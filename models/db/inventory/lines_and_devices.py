"""Lines and devices as people look at them: with their holders and names, filtered, page by page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.asks import parse_mdn
from models.db import visibility
from models.db.accounts.account_tree import GONE
from models.db.accounts.tables import AccountRow
from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Person, Relation
from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class LineFilters:
    """Which lines; empty or None means any. `account` includes all accounts below it.

    `words` must all occur in the number, the holder's name or the device's name; `identifier` is the number, or
    that of the SIM or device on the line.
    """

    status: tuple[str, ...] = ()
    carrier: str | None = None
    account: str | None = None
    holder: str | None = None
    words: str = ""
    identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceFilters:
    """Which devices; empty or None means any. `account` includes all accounts below it.

    `words` must all occur in an IMEI, the holder's name or the device's name; `identifier` is an IMEI.
    """

    status: tuple[str, ...] = ()
    sku: str | None = None
    account: str | None = None
    holder: str | None = None
    words: str = ""
    identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineFound:
    """A line with what is on it, and what it is to the person who asked. Names are None where there is nothing."""

    row: LineRow
    account: AccountRow
    holder: PersonRow | None
    device: DeviceRow | None
    device_name: str | None
    sim: SimRow | None
    plan_name: str | None
    relations: frozenset[Relation]


@dataclass(frozen=True, kw_only=True)
class DeviceFound:
    """A device with its name and holder, and what it is to the person who asked."""

    row: DeviceRow
    account: AccountRow
    holder: PersonRow | None
    name: str
    relations: frozenset[Relation]


async def list_lines(
    session: Session,
    person: Person,
    filters: LineFilters = LineFilters(),
    *,
    relations: Collection[Relation] | None,
    after: str | None = None,
    limit: int = 50,
) -> list[LineFound]:
    """Lines the person is tied to by one of `relations` (None: all of the tenant), oldest first.

    `after` is the id of the last line of the page before.
    """
    tied = visibility.of_holding(person, LineRow)
    query = _lines(person, tied).where(*_page(LineRow, filters, person.tenant, after))
    if relations is not None:
        query = query.where(visibility.any_of(tied, relations))
    if filters.carrier is not None:
        query = query.where(col(LineRow.carrier) == filters.carrier)
    if filters.identifier is not None:
        query = query.where(_is_one_of(filters.identifier, LineRow.mdn, SimRow.iccid, SimRow.eid, *_IMEIS))
    for word in filters.words.split():
        query = query.where(_mentions(word, LineRow.mdn, PersonRow.name, ProductRow.name))
    found = await session.exec(query.order_by(col(LineRow.id)).limit(limit))
    return [_line(tied, *row) for row in found.all()]


async def find_line(session: Session, person: Person, ref: str) -> LineFound:
    """The line with this id or telephone number (in any spelling), in the person's tenant. Raises NotFound.

    Of several lines that had a number, the one that has it now, else the newest.
    """
    tied = visibility.of_holding(person, LineRow)
    query = _lines(person, tied).where(or_(col(LineRow.id) == ref, col(LineRow.mdn) == _as_mdn(ref)))
    newest_in_use = (col(LineRow.status).in_(GONE), col(LineRow.id).desc())
    found = (await session.exec(query.order_by(*newest_in_use).limit(1))).first()
    if found is None:
        raise NotFound(f"There is no line {ref[:26]}.")
    return _line(tied, *found)


async def identifiers_of(session: Session, tenant: str, line_ids: Collection[str]) -> dict[str, Identifiers]:
    """What lines that are in use are known by: number, device and SIM, by the line's id."""
    found = await session.exec(
        select(LineRow, DeviceRow, SimRow)
        .outerjoin(DeviceRow, _same(DeviceRow, LineRow, "device_id"))
        .outerjoin(SimRow, _same(SimRow, LineRow, "sim_id"))
        .where(col(LineRow.tenant) == tenant, col(LineRow.id).in_(line_ids), col(LineRow.mdn).is_not(None))
    )
    return {
        line.id: Identifiers(
            mdn=line.mdn,
            imei=device.imei if device else None,
            iccid=sim.iccid if sim else None,
            eid=sim.eid if sim else None,
        )
        for line, device, sim in found.all()
    }


async def list_devices(
    session: Session,
    person: Person,
    filters: DeviceFilters = DeviceFilters(),
    *,
    relations: Collection[Relation] | None,
    after: str | None = None,
    limit: int = 50,
) -> list[DeviceFound]:
    """Devices the person is tied to by one of `relations` (None: all of the tenant), oldest first.

    `after` is the id of the last device of the page before.
    """
    tied = visibility.of_holding(person, DeviceRow)
    query = _devices(person, tied).where(*_page(DeviceRow, filters, person.tenant, after))
    if relations is not None:
        query = query.where(visibility.any_of(tied, relations))
    if filters.sku is not None:
        query = query.where(col(DeviceRow.sku) == filters.sku)
    if filters.identifier is not None:
        query = query.where(_is_one_of(filters.identifier, *_IMEIS))
    for word in filters.words.split():
        query = query.where(_mentions(word, DeviceRow.imei, DeviceRow.imei2, PersonRow.name, ProductRow.name))
    found = await session.exec(query.order_by(col(DeviceRow.id)).limit(limit))
    return [_device(tied, *row) for row in found.all()]


async def find_device(session: Session, person: Person, ref: str) -> DeviceFound:
    """The device with this id or IMEI, in the person's tenant. Raises NotFound."""
    tied = visibility.of_holding(person, DeviceRow)
    of_ref = or_(col(DeviceRow.id) == ref, col(DeviceRow.imei) == ref, col(DeviceRow.imei2) == ref)
    newest = _devices(person, tied).where(of_ref).order_by(col(DeviceRow.id).desc()).limit(1)
    found = (await session.exec(newest)).first()
    if found is None:
        raise NotFound(f"There is no device {ref[:26]}.")
    return _device(tied, *found)


def _lines(person: Person, tied: visibility.Ties) -> Any:
    plan = aliased(ProductRow)
    return (
        select(LineRow, AccountRow, PersonRow, DeviceRow)
        .add_columns(col(ProductRow.name), SimRow, col(plan.name), *visibility.labeled(tied))
        .join(AccountRow, _same(AccountRow, LineRow, "account_id"))
        .outerjoin(PersonRow, _same(PersonRow, LineRow, "person_id"))
        .outerjoin(DeviceRow, _same(DeviceRow, LineRow, "device_id"))
        .outerjoin(SimRow, _same(SimRow, LineRow, "sim_id"))
        .outerjoin(ProductRow, _same(ProductRow, DeviceRow, "sku", "sku"))
        .outerjoin(plan, _same(plan, LineRow, "plan", "sku"))
        .where(col(LineRow.tenant) == person.tenant)
    )


def _devices(person: Person, tied: visibility.Ties) -> Any:
    return (
        select(DeviceRow, AccountRow, PersonRow, col(ProductRow.name))
        .add_columns(*visibility.labeled(tied))
        .join(AccountRow, _same(AccountRow, DeviceRow, "account_id"))
        .join(ProductRow, _same(ProductRow, DeviceRow, "sku", "sku"))
        .outerjoin(PersonRow, _same(PersonRow, DeviceRow, "person_id"))
        .where(col(DeviceRow.tenant) == person.tenant)
    )


def _same(table: Any, of: Any, reference: str, key: str = "id") -> ColumnElement[bool]:
    """The row of `table` that `reference` of another one names, in the same tenant."""
    same: ColumnElement[bool] = (table.tenant == of.tenant) & (getattr(table, key) == getattr(of, reference))
    return same


def _page(
    table: type[LineRow] | type[DeviceRow],
    filters: LineFilters | DeviceFilters,
    tenant: str,
    after: str | None,
) -> list[ColumnElement[bool]]:
    """What lines and devices are chosen by alike."""
    clauses: list[ColumnElement[bool]] = []
    if after is not None:
        clauses.append(col(table.id) > after)
    if filters.status:
        clauses.append(col(table.status).in_(filters.status))
    if filters.holder is not None:
        clauses.append(col(table.person_id).is_not_distinct_from(filters.holder))
    if filters.account is not None:
        clauses.append(col(table.account_id).in_(visibility.accounts_below(tenant, [filters.account])))
    return clauses


def _mentions(word: str, *columns: Any) -> ColumnElement[bool]:
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


_IMEIS = (DeviceRow.imei, DeviceRow.imei2)


def _is_one_of(identifier: str, *columns: Any) -> ColumnElement[bool]:
    return or_(*(col(column) == identifier for column in columns))


def _as_mdn(ref: str) -> str:
    """The number, if it is one; else the text itself, which is no line's number."""
    try:
        return parse_mdn(ref)
    except ValueError:
        return ref


def _line(tied: visibility.Ties, *found: Any) -> LineFound:
    row, account, holder, device, device_name, sim, plan_name, *flags = found
    return LineFound(
        row=row,
        account=account,
        holder=holder,
        device=device,
        device_name=device_name,
        sim=sim,
        plan_name=plan_name,
        relations=visibility.held(tied, flags),
    )


def _device(tied: visibility.Ties, *found: Any) -> DeviceFound:
    row, account, holder, name, *flags = found
    return DeviceFound(row=row, account=account, holder=holder, name=name, relations=visibility.held(tied, flags))
