"""The inventory's values of its rows."""

from pydantic import TypeAdapter

from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.inventory import Device, Line, Sim

_LINE, _DEVICE, _SIM = TypeAdapter(Line), TypeAdapter(Device), TypeAdapter(Sim)


def line_of(row: LineRow) -> Line:
    return _LINE.validate_python(row.model_dump())


def device_of(row: DeviceRow | None) -> Device | None:
    return _DEVICE.validate_python(row.model_dump()) if row else None


def sim_of(row: SimRow | None) -> Sim | None:
    return _SIM.validate_python(row.model_dump()) if row else None
