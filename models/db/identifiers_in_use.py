"""Identifiers that another line, device or SIM has, or another open order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import col, select

from models import formatting
from models.db.clauses import equals_any, matches
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
from models.inventory import SimStatus
from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What has an identifier: `columns` of a table, unless its status is one of `free`; `on_line` is a line's link."""

    table: Any
    columns: tuple[Any, ...]
    free: tuple[str, ...]
    on_line: Any


_IMEI = _Record(
    table=DeviceRow,
    columns=(DeviceRow.imei, DeviceRow.imei2),
    free=ENDED_DEVICE_STATUSES,
    on_line=LineRow.device_id,
)
# An EID is that of a chip, which can hold the profiles of several lines.
_RECORDS: Mapping[str, _Record] = MappingProxyType(
    {
        "mdn": _Record(table=LineRow, columns=(LineRow.mdn,), free=ENDED_LINE_STATUSES, on_line=LineRow.id),
        "imei": _IMEI,
        "imei2": _IMEI,
        "iccid": _Record(
            table=SimRow,
            columns=(SimRow.iccid,),
            free=(SimStatus.IN_STOCK, *ENDED_SIM_STATUSES),
            on_line=LineRow.sim_id,
        ),
    }
)
# The unique indexes of the inventory, by the identifier that each is about.
_INDEXES: Mapping[str, str] = MappingProxyType(
    {"line_mdn": "mdn", "device_imei": "imei", "device_imei2": "imei2", "sim_iccid": "iccid"}
)


def identifier_of(error: IntegrityError) -> str | None:
    """The identifier that something in the inventory has already, if that is what the error says."""
    return _INDEXES.get(violated_constraint(error))


async def in_inventory(session: Session, item: ItemRow, identifiers: Identifiers) -> dict[str, str]:
    """Those that a line, device or SIM has other than the item's, by name: `line (312) 555-0142` or `the inventory`."""
    found = {}
    for name, value in identifiers.known.items():
        if name in _RECORDS and (holder := await _holder(session, item, _RECORDS[name], value)):
            found[name] = holder
    return found


async def _holder(session: Session, item: ItemRow, record: _Record, value: str) -> str | None:
    query = select(col(record.table.id), col(LineRow.id), col(LineRow.mdn)).where(
        col(record.table.tenant) == item.tenant,
        equals_any(value, *record.columns),
        col(record.table.status).not_in(record.free),
    )
    if record.table is not LineRow:
        query = query.outerjoin(LineRow, matches(record.on_line, record.table.id))
    for _, line_id, mdn in await session.all(query):
        if line_id is None or line_id != item.line_id:
            return f"line {formatting.phone_number(mdn)}" if mdn else "the inventory"
    return None


async def in_open_orders(session: Session, item: ItemRow, identifiers: Identifiers) -> dict[str, str]:
    """Those that another item of an open order has, reported or answered, by name: `order RF9-3WX`."""
    found = {}
    for name, value in identifiers.known.items():
        if name not in _RECORDS:
            continue
        columns = ("imei", "imei2") if _RECORDS[name] is _IMEI else (name,)
        number = await session.first(
            select(OrderRow.number)
            .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
            .where(
                col(OrderRow.tenant) == item.tenant,
                col(OrderRow.closed_at).is_(None),
                col(ItemRow.id) != item.id,
                or_(*(_current(column) == value for column in columns)),
            )
        )
        if number is not None:
            found[name] = f"order {number}"
    return found


def _current(name: str) -> Any:
    """What the carrier has reported for an ItemRow, else what was answered."""
    return func.coalesce(col(getattr(ItemRow, name)), col(ItemRow.answers)[name].as_string())
