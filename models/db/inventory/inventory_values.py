"""Rows of the inventory as the values that effects change."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.inventory.tables import DeviceRow, InventoryRow, LineRow, SimRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.inventory import Device, Line, Sim

R = TypeVar("R", Line, Device, Sim)

_TABLES: Mapping[type, type[InventoryRow]] = MappingProxyType({Line: LineRow, Device: DeviceRow, Sim: SimRow})
_VALUES: Mapping[type, TypeAdapter[Any]] = MappingProxyType({shape: TypeAdapter(shape) for shape in _TABLES})


def table_of(shape: type[Line | Device | Sim]) -> type[InventoryRow]:
    return _TABLES[shape]


def _lock(table: type[InventoryRow]) -> Statement[InventoryRow]:
    this = col(table.tenant) == param("tenant"), col(table.id) == param("id")
    return Statement(select(table).where(*this).with_for_update(), table)


def _save(shape: type[Line | Device | Sim], table: type[InventoryRow]) -> Statement[None]:
    """A new record is inserted; of one that exists, what the value has is changed. Columns without a value stay."""
    inserted = insert(table).values({name: param(name) for name in table.model_fields if name != "search"})
    names = {field.name for field in fields(shape)} - {"id"}
    changed: dict[str, Any] = {name: inserted.excluded[name] for name in names}
    return Statement(
        inserted.on_conflict_do_update(
            index_elements=["tenant", "id"], set_=changed | {"version": col(table.version) + 1}
        )
    )


_LOCK: Mapping[type, Statement[InventoryRow]] = MappingProxyType(
    {shape: _lock(table) for shape, table in _TABLES.items()}
)
_SAVE: Mapping[type, Statement[None]] = MappingProxyType(
    {shape: _save(shape, table) for shape, table in _TABLES.items()}
)


async def lock(session: Session, shape: type[R], tenant: str, record_id: str) -> R:
    """A record that exists, locked until the transaction ends."""
    row = await session.first(_LOCK[shape], tenant=tenant, id=record_id)
    assert row is not None, f"there is no {shape.__name__} {record_id}"
    return value_of(shape, row)


async def save(session: Session, tenant: str, record: Line | Device | Sim) -> None:
    """Write a record that is new, or that this transaction has locked."""
    table = table_of(type(record))
    await session.affected(_SAVE[type(record)], **table(tenant=tenant, **_columns_of(record)).model_dump())


def value_of(shape: type[R], row: InventoryRow) -> R:
    value: R = _VALUES[shape].validate_python(row.model_dump())
    return value


def _columns_of(record: Line | Device | Sim) -> dict[str, Any]:
    """The values of a record as its columns have them, with lists of plain values."""
    values = asdict(record).items()
    return {name: to_jsonable_python(value) if isinstance(value, tuple) else value for name, value in values}
