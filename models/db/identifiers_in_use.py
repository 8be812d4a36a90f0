"""Identifiers that another line, device or SIM has, or another open order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ARRAY, TEXT, all_, func, literal, or_, union_all
from sqlmodel import col, select

from models import formatting
from models.db.clauses import matches
from models.db.failures import IntegrityError, violated_constraint
from models.db.inventory.tables import (
    ENDED_DEVICE_STATUSES,
    ENDED_LINE_STATUSES,
    ENDED_SIM_STATUSES,
    DeviceRow,
    LineRow,
    SimRow,
)
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.inventory import DeviceStatus, LineStatus, SimStatus
from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What has an identifier: `columns` of a table, unless its status is one of `free`.

    `on_line` is a line's link to it, and `link` that link's name. `given_up` is its status once it has given the
    identifier up, and `consequence` says so, with a place for the `{line}`.
    """

    table: Any
    columns: tuple[Any, ...]
    free: tuple[str, ...]
    on_line: Any
    given_up: str
    consequence: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class InUse:
    """An identifier that a line, device or SIM has, and the line that it is or is on, if any."""

    name: str
    record_id: str
    line_id: str | None
    mdn: str | None

    @property
    def holder(self) -> str:
        """`line (312) 555-0142`, or what it is if it is on no line."""
        return f"line {formatting.phone_number(self.mdn)}" if self.mdn else _RECORDS[self.name].table.__tablename__

    @property
    def consequence(self) -> str:
        """What happens to the other line, device or SIM if it gives the identifier up."""
        line = f"Line {formatting.phone_number(self.mdn)}" if self.mdn else "Its line, if any,"
        return _RECORDS[self.name].consequence.format(line=line)


_IMEI = _Record(
    table=DeviceRow,
    columns=(DeviceRow.imei, DeviceRow.imei2),
    free=ENDED_DEVICE_STATUSES,
    on_line=LineRow.device_id,
    given_up=DeviceStatus.RETIRED,
    consequence="{line} no longer has a device, and the device is retired.",
    link="device_id",
)
# An EID is that of a chip, which can hold the profiles of several lines.
_RECORDS: Mapping[str, _Record] = MappingProxyType(
    {
        "mdn": _Record(
            table=LineRow,
            columns=(LineRow.mdn,),
            free=ENDED_LINE_STATUSES,
            on_line=LineRow.id,
            given_up=LineStatus.DISCONNECTED,
            consequence="{line} is disconnected in the inventory. Its carrier isn't asked.",
        ),
        "imei": _IMEI,
        "imei2": _IMEI,
        "iccid": _Record(
            table=SimRow,
            columns=(SimRow.iccid,),
            free=(SimStatus.IN_STOCK, *ENDED_SIM_STATUSES),
            on_line=LineRow.sim_id,
            given_up=SimStatus.RETIRED,
            consequence="{line} no longer has a SIM, and the SIM is retired.",
            link="sim_id",
        ),
    }
)


def _holders_of(name: str, record: _Record) -> Any:
    """No row if the parameter of this name is NULL."""
    query: Any = select(
        literal(name).label("name"), col(record.table.id), col(LineRow.id).label("line_id"), col(LineRow.mdn)
    ).where(
        col(record.table.tenant) == param("tenant"),
        or_(*(col(column) == param(name, TEXT) for column in record.columns)),
        col(record.table.status) != all_(literal([*record.free], ARRAY(TEXT))),
    )
    of_line = record.table is LineRow
    return query if of_line else query.outerjoin(LineRow, matches(record.on_line, record.table.id))


def _current(name: str) -> Any:
    """What the carrier has reported for an ItemRow, else what was answered."""
    return func.coalesce(col(getattr(ItemRow, name)), col(ItemRow.answers)[name].as_string())


def _orders_with(*names: str) -> Statement[str]:
    return Statement(
        select(OrderRow.number)
        .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
        .where(
            col(OrderRow.tenant) == param("tenant"),
            col(OrderRow.closed_at).is_(None),
            col(ItemRow.id) != param("item_id"),
            or_(*(_current(name) == param("value") for name in names)),
        )
    )


_HOLDERS = Statement[tuple[str, str, str | None, str | None]](
    union_all(*(_holders_of(name, record) for name, record in _RECORDS.items()))
)
_ORDERS = MappingProxyType(
    {name: _orders_with(*(("imei", "imei2") if record is _IMEI else (name,))) for name, record in _RECORDS.items()}
)
# The unique indexes of the inventory, by the identifier that each is about.
_INDEXES: Mapping[str, str] = MappingProxyType(
    {"line_mdn": "mdn", "device_imei": "imei", "device_imei2": "imei2", "sim_iccid": "iccid"}
)


def identifier_of(error: IntegrityError) -> str | None:
    """The identifier that something in the inventory has already, if that is what the error says."""
    return _INDEXES.get(violated_constraint(error))


async def in_inventory(session: Session, item: ItemRow, identifiers: Identifiers) -> list[InUse]:
    """Those that lines, devices or SIMs have other than the item's."""
    known = {name: identifiers.known.get(name) for name in _RECORDS}
    if not any(known.values()):
        return []
    return [
        InUse(name=name, record_id=record_id, line_id=line_id, mdn=mdn)
        for name, record_id, line_id, mdn in await session.all(_HOLDERS, tenant=item.tenant, **known)
        if line_id is None or line_id != item.line_id
    ]


async def give_up(session: Session, tenant: str, in_use: InUse) -> None:
    """Have the line, device or SIM give the identifier up: it is no longer in use, and on no line."""
    record = _RECORDS[in_use.name]
    row = await session.get_one(record.table, (tenant, in_use.record_id), with_for_update=True)
    row.status, row.version = record.given_up, row.version + 1
    line = await session.get_one(LineRow, (tenant, in_use.line_id), with_for_update=True) if in_use.line_id else None
    if line is not None and record.link is not None:
        setattr(line, record.link, None)
        line.version += 1
    await session.flush()


async def in_open_orders(session: Session, item: ItemRow, identifiers: Identifiers) -> dict[str, str]:
    """Those that another item of an open order has, reported or answered, by name: `order RF9-3WX`."""
    found = {}
    for name, value in identifiers.known.items():
        if name not in _RECORDS:
            continue
        number = await session.first(_ORDERS[name], tenant=item.tenant, item_id=item.id, value=value)
        if number is not None:
            found[name] = f"order {number}"
    return found
