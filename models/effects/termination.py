"""Lines that end, with what becomes of their devices."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from models.effect import Effect, EffectInput
from models.holder import NOBODY
from models.inventory import Device, DeviceStatus, InventoryState, LineStatus, Ownership, SimStatus
from models.questions.termination import DEVICE_GOES, KEEPS, MISSING, STOCK, TO_CARRIER

_STATUS: Mapping[str, DeviceStatus] = MappingProxyType(
    {
        TO_CARRIER: DeviceStatus.PENDING_RETURN,
        STOCK: DeviceStatus.IN_STOCK,
        KEEPS: DeviceStatus.RETIRED,
        MISSING: DeviceStatus.LOST_STOLEN,
    }
)


def _terminate(state: InventoryState, params: EffectInput) -> InventoryState:
    """The SIM stays on the line and is retired. Without an answer about it, the device stays on the line, too."""
    line, goes = state.required_line, DEVICE_GOES.of(params.answers)
    line = replace(
        line,
        status=LineStatus.DISCONNECTED,
        suspended_for=None,
        disconnected_on=params.final_on or params.today,
    )
    ended = replace(state, line=line, sim=state.sim and replace(state.sim, status=SimStatus.RETIRED))
    if state.device is None or goes is None:
        return ended
    released = _released(state.device, goes)
    return replace(ended, line=replace(line, device_id=None), device=None, released_device=released)


def _released(device: Device, goes: str) -> Device:
    """Who has it keeps it until it is returned, and for good if it is theirs now or lost."""
    device = replace(device, status=_STATUS[goes])
    if goes == KEEPS:
        device = replace(device, ownership=Ownership.PERSONAL)
    return device.held_by(NOBODY) if goes == STOCK else device


TERMINATE_LINE = Effect(
    code="terminate_line",
    apply=_terminate,
    changes=frozenset(
        {
            *("line.status", "line.suspended_for", "line.disconnected_on", "line.device_id", "sim.status"),
            *("released_device.status", "released_device.ownership"),
            *("released_device.person_id", "released_device.site_id"),
        }
    ),
)
