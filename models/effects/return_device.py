"""Devices that go back: kept from other uses from the start, then off their line, in stock or gone."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from models.effect import Effect, EffectInput, Reservation
from models.holder import NOBODY
from models.inventory import DeviceStatus, InventoryState
from models.returns import DeviceCondition, ReturnCase, ReturnState

_IN_OUR_HANDS: Mapping[str, DeviceStatus] = MappingProxyType(
    {
        DeviceCondition.WORKING: DeviceStatus.IN_STOCK,
        DeviceCondition.DAMAGED: DeviceStatus.REPAIR,
        DeviceCondition.BROKEN: DeviceStatus.RETIRED,
        DeviceCondition.LOCKED: DeviceStatus.REPAIR,
    }
)
_UNUSABLE = frozenset({DeviceCondition.BROKEN, DeviceCondition.LOCKED})


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
    case = state.return_case
    is_lost = case is not None and case.state is ReturnState.LOST
    state = _off_its_line(state, DeviceStatus.LOST_STOLEN if is_lost else DeviceStatus.RETIRED)
    return replace(state, return_case=case and _closed(case, params))


def _to_stock(state: InventoryState, params: EffectInput) -> InventoryState:
    """What nobody has looked at goes to repair."""
    case = state.return_case
    status = _IN_OUR_HANDS.get((case and case.condition) or "", DeviceStatus.REPAIR)
    return replace(_off_its_line(state, status), return_case=case and _closed(case, params))


def _closed(case: ReturnCase, params: EffectInput) -> ReturnCase:
    """Nothing is paid back for a device that is locked. It is charged once: what the carrier charges stays.

    What we charged because it didn't come back in time is taken back, unless no one can use the device.
    """
    if case.state is ReturnState.LOST:
        return case
    state = ReturnState.INSPECTED if case.condition else ReturnState.RECEIVED
    case = replace(case, state=state, received_at=case.received_at or params.at)
    if case.chargeback is not None or case.condition not in _UNUSABLE:
        case = replace(case, late_charge=None, charged_at=None)
    if case.condition is not DeviceCondition.LOCKED:
        return case
    is_charged = case.chargeback is not None or case.late_charge is not None
    return replace(case, refund=None, chargeback=case.chargeback if is_charged else case.price)


def _trace(state: InventoryState, _: EffectInput) -> InventoryState:
    """A parcel that is lost is paid back. What becomes of its device is up to the order with which it was to arrive."""
    case = state.return_case
    is_lost = case is not None and case.state is ReturnState.LOST
    if case is None or not is_lost or case.refund is not None:
        return state
    return replace(state, return_case=replace(case, refund=case.price))


_RESERVATION = Reservation(make=_reserve, undo=_undo)
_CHANGES = frozenset({"device.status", "device.person_id", "device.site_id", "line.device_id", "return_case"})

RETURN_TO_CARRIER = Effect(code="return_to_carrier", apply=_to_carrier, changes=_CHANGES, reservation=_RESERVATION)
RETURN_TO_STOCK = Effect(code="return_to_stock", apply=_to_stock, changes=_CHANGES, reservation=_RESERVATION)
TRACE_DEVICE = Effect(code="trace_device", apply=_trace, changes=frozenset({"return_case"}))
