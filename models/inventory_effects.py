"""The effects of orders on the inventory: pure functions from state to state."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from models.inventory import Device, DeviceStatus, InventoryState, Line, LineStatus, Sim, SimStatus
from models.order import Identifiers
from models.timers import SuspensionEnd


@dataclass(frozen=True, kw_only=True)
class EffectInput:
    """What an effect takes from the order. The caller generates the ids of new records.

    `account_id` is the order's account, `home_account_id` the one the person belongs to.
    """

    line_id: str
    device_id: str
    sim_id: str
    carrier: str
    account_id: str
    person_id: str
    home_account_id: str | None
    cost_center: str | None
    upgrade_months: int
    answers: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Creates pending records before the order goes to the carrier, and voids them again."""

    make: Callable[[InventoryState, EffectInput], InventoryState]
    undo: Callable[[InventoryState], InventoryState]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How an item changes the inventory, and what it reserves beforehand, if anything."""

    apply: Callable[[InventoryState, EffectInput, Identifiers, datetime], InventoryState]
    reservation: Reservation | None = None


def _reserve_new_line(_: InventoryState, params: EffectInput) -> InventoryState:
    device = Device(
        id=params.device_id,
        sku=params.answers.get("device", ""),
        status=DeviceStatus.UNCONFIRMED,
        account_id=params.account_id,
        person_id=params.person_id,
    )
    line = Line(
        id=params.line_id,
        carrier=params.carrier,
        status=LineStatus.PENDING,
        account_id=params.account_id,
        person_id=params.person_id,
        plan=params.answers.get("plan", ""),
        features=tuple(params.answers.get("features", ())),
        device_id=device.id,
        cost_center=params.cost_center,
    )
    return InventoryState(line=line, device=device)


def _apply_new_line(
    state: InventoryState, params: EffectInput, identifiers: Identifiers, at: datetime
) -> InventoryState:
    if state.line is None or state.device is None:
        raise ValueError("a new line has no reserved line and device")
    sim = Sim(
        id=params.sim_id,
        carrier=params.carrier,
        status=SimStatus.ACTIVE,
        kind=params.answers.get("sim_type", "eSIM"),
        iccid=identifiers.iccid,
        eid=identifiers.eid,
    )
    device = replace(state.device, status=DeviceStatus.ACTIVE, imei=identifiers.imei, imei2=identifiers.imei2)
    line = replace(
        state.line,
        status=LineStatus.ACTIVE,
        mdn=identifiers.mdn,
        sim_id=sim.id,
        activated_on=at.date(),
        upgrade_on=months_after(at.date(), params.upgrade_months),
    )
    return InventoryState(line=line, device=device, sim=sim)


def _undo_new_line(state: InventoryState) -> InventoryState:
    return InventoryState(
        line=state.line and replace(state.line, status=LineStatus.VOID, device_id=None),
        device=state.device and replace(state.device, status=DeviceStatus.VOID, person_id=None),
        sim=state.sim and replace(state.sim, status=SimStatus.VOID),
    )


def _suspend_line(state: InventoryState, _: EffectInput, __: Identifiers, ___: datetime) -> InventoryState:
    return replace(state, line=replace(_line_of(state), status=LineStatus.SUSPENDED))


def _reassign_line(state: InventoryState, params: EffectInput, _: Identifiers, __: datetime) -> InventoryState:
    """The line moves to the account the person belongs to; its device moves too, or returns to stock."""
    line, device = _line_of(state), state.device
    account_id = params.home_account_id or line.account_id
    line = replace(line, person_id=params.person_id, account_id=account_id, cost_center=params.cost_center)
    if params.answers.get("device_moves", True):
        device = device and replace(device, person_id=params.person_id, account_id=account_id)
    else:
        device = device and replace(device, person_id=None, status=DeviceStatus.IN_STOCK)
        line = replace(line, device_id=None)
    return replace(state, line=line, device=device)


def _line_of(state: InventoryState) -> Line:
    if state.line is None:
        raise ValueError("the item has no line to change")
    return state.line


def _reactivate_line(state: InventoryState) -> InventoryState:
    return replace(state, line=replace(_line_of(state), status=LineStatus.ACTIVE))


def _disconnect_line(state: InventoryState) -> InventoryState:
    """Retire the SIM with the line; the device keeps its holder."""
    return replace(
        state,
        line=replace(_line_of(state), status=LineStatus.DISCONNECTED),
        sim=state.sim and replace(state.sim, status=SimStatus.RETIRED),
    )


def months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month if it has fewer days."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "new_line": Effect(apply=_apply_new_line, reservation=Reservation(make=_reserve_new_line, undo=_undo_new_line)),
        "suspend_line": Effect(apply=_suspend_line),
        "reassign_line": Effect(apply=_reassign_line),
    }
)

# The effect on a suspended line when its suspension ends.
SUSPENSION_EFFECTS: Mapping[SuspensionEnd, Callable[[InventoryState], InventoryState]] = MappingProxyType(
    {
        SuspensionEnd.RESUME: _reactivate_line,
        SuspensionEnd.RECONNECT: _reactivate_line,
        SuspensionEnd.DISCONNECT: _disconnect_line,
    }
)
