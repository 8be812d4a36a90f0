"""Rows of the inventory as the values that effects change."""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from models.db.inventory.tables import DeviceRow, InventoryRow, LineRow, SimRow
from models.inventory import Device, Line, Sim

R = TypeVar("R", Line, Device, Sim)

_TABLES: Mapping[type, type[InventoryRow]] = MappingProxyType({Line: LineRow, Device: DeviceRow, Sim: SimRow})
_VALUES: Mapping[type, TypeAdapter[Any]] = MappingProxyType({shape: TypeAdapter(shape) for shape in _TABLES})


def table_of(shape: type[Line | Device | Sim]) -> type[InventoryRow]:
    return _TABLES[shape]


def value_of(shape: type[R], row: InventoryRow) -> R:
    value: R = _VALUES[shape].validate_python(row.model_dump())
    return value


def columns_of(record: Line | Device | Sim) -> dict[str, Any]:
    """The values of a record as its columns have them, with lists of plain values."""
    values = asdict(record).items()
    return {name: to_jsonable_python(value) if isinstance(value, tuple) else value for name, value in values}
