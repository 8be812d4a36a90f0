"""Devices that go back: kept from other uses from the start, then off their line, in stock or gone."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from models.effect import Effect, EffectInput, Reservation
from models.holder import NOBODY
from models.inventory import DeviceStatus, InventoryState
from models.returns import DeviceCondition

_IN_OUR_HANDS: Mapping[str, DeviceStatus] = MappingProxyType(
    {
        DeviceCondition.WORKING: DeviceStatus.IN_STOCK,
        DeviceCondition.DAMAGED: DeviceStatus.REPAIR,
        DeviceCondition.BROKEN: DeviceStatus.RETIRED,
        DeviceCondition.LOCKED: DeviceStatus.REPAIR,
    }
)


def _reserve(state: InventoryState, _: EffectInput) -> InventoryState:
    return replace(state, device=replace(state.required_device, status=DeviceStatus.PENDING_RETURN))


def _undo(state: InventoryState, before: InventoryState) -> InventoryState:
    """What has changed otherwise since stays."""
    device = state.required_device
    if device.status is not DeviceStatus.PENDING_RETURN:
        return state
    return replace(state, device=replace(device, status=before.required_device.status))


def _off_its_line(state: InventoryState, status: DeviceStatus) -> InventoryState:
    device = replace(state.required_device, status=status).held_by(NOBODY)
    return replace(state, device=device, line=state.line and replace(state.line, device_id=None))


def _to_carrier(state: InventoryState, params: EffectInput) -> InventoryState:
    return _off_its_line(state, DeviceStatus.LOST_STOLEN if params.is_lost else DeviceStatus.RETIRED)


def _to_stock(state: InventoryState, params: EffectInput) -> InventoryState:
    """What nobody has looked at goes to repair."""
    return _off_its_line(state, _IN_OUR_HANDS.get(params.received_in or "", DeviceStatus.REPAIR))


_RESERVATION = Reservation(make=_reserve, undo=_undo)
_CHANGES = frozenset({"device.status", "device.person_id", "device.site_id", "line.device_id"})

RETURN_TO_CARRIER = Effect(code="return_to_carrier", apply=_to_carrier, changes=_CHANGES, reservation=_RESERVATION)
RETURN_TO_STOCK = Effect(code="return_to_stock", apply=_to_stock, changes=_CHANGES, reservation=_RESERVATION)
# What becomes of the device is up to the order with which it was to arrive.
TRACE_DEVICE = Effect(code="trace_device", apply=lambda state, _: state, changes=frozenset())
