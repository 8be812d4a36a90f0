"""Lines, devices and SIMs, and the effects an item has on them: pure functions from before to after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.asks import Ask
from models.order import Identifiers
from models.timers import Ending


class LineStatus(StrEnum):
    """Where a line stands in the inventory."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    PORTING_IN = "porting_in"
    PORTING_OUT = "porting_out"
    TRANSFERRING = "transferring"
    DISCONNECTED = "disconnected"
    TERMINATED = "terminated"
    VOID = "void"


class DeviceStatus(StrEnum):
    """Where a device stands; UNCONFIRMED is ordered but not yet seen by anybody."""

    IN_STOCK = "in_stock"
    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    REPAIR = "repair"
    LOST_STOLEN = "lost_stolen"
    PENDING_RETURN = "pending_return"
    RETIRED = "retired"
    VOID = "void"


class SimStatus(StrEnum):
    """Where a SIM or eSIM profile stands."""

    IN_STOCK = "in_stock"
    ACTIVE = "active"
    RETIRED = "retired"
    VOID = "void"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One telephone line. `mdn` is E.164, None until the carrier has assigned it."""

    id: str
    carrier: str
    status: LineStatus
    account_id: str
    person_id: str | None
    plan: str
    features: tuple[str, ...] = ()
    mdn: str | None = None
    device_id: str | None = None
    sim_id: str | None = None
    cost_center: str | None = None
    activated_on: date | None = None
    upgrade_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Device:
    """One device; a second IMEI where it has two SIM slots."""

    id: str
    sku: str
    status: DeviceStatus
    account_id: str
    person_id: str | None = None
    imei: str | None = None
    imei2: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sim:
    """A SIM card (ICCID) or an eSIM profile (EID of the chip it lives on, ICCID once known)."""

    id: str
    carrier: str
    status: SimStatus
    kind: str
    iccid: str | None = None
    eid: str | None = None


@dataclass(frozen=True, kw_only=True)
class InventoryState:
    """What an item has in its hands: None is "none of this"."""

    line: Line | None = None
    device: Device | None = None
    sim: Sim | None = None


@dataclass(frozen=True, kw_only=True)
class EffectInput:
    """What an item is to become: for whom, charged where, and as answered. Ids of new records are drawn by the caller.

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
    """Pending records that are made before the carrier is asked, and how to take them back."""

    make: Callable[[InventoryState, EffectInput], InventoryState]
    undo: Callable[[InventoryState], InventoryState]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What an item does to the inventory, and what it reserves where it reserves anything."""

    apply: Callable[[InventoryState, EffectInput, Identifiers, datetime], InventoryState]
    reservation: Reservation | None = None


def _reserve_new_line(_: InventoryState, wish: EffectInput) -> InventoryState:
    device = Device(
        id=wish.device_id,
        sku=wish.answers.get(Ask.DEVICE, ""),
        status=DeviceStatus.UNCONFIRMED,
        account_id=wish.account_id,
        person_id=wish.person_id,
    )
    line = Line(
        id=wish.line_id,
        carrier=wish.carrier,
        status=LineStatus.PENDING,
        account_id=wish.account_id,
        person_id=wish.person_id,
        plan=wish.answers.get(Ask.PLAN, ""),
        features=tuple(wish.answers.get(Ask.FEATURES, ())),
        device_id=device.id,
        cost_center=wish.cost_center,
    )
    return InventoryState(line=line, device=device)


def _apply_new_line(before: InventoryState, wish: EffectInput, found: Identifiers, at: datetime) -> InventoryState:
    if before.line is None or before.device is None:
        raise ValueError("a new line is applied to what was reserved for it")
    sim = Sim(
        id=wish.sim_id,
        carrier=wish.carrier,
        status=SimStatus.ACTIVE,
        kind=wish.answers.get(Ask.SIM_TYPE, "eSIM"),
        iccid=found.iccid,
        eid=found.eid,
    )
    device = replace(before.device, status=DeviceStatus.ACTIVE, imei=found.imei, imei2=found.imei2)
    line = replace(
        before.line,
        status=LineStatus.ACTIVE,
        mdn=found.mdn,
        sim_id=sim.id,
        activated_on=at.date(),
        upgrade_on=months_after(at.date(), wish.upgrade_months),
    )
    return InventoryState(line=line, device=device, sim=sim)


def _undo_new_line(before: InventoryState) -> InventoryState:
    return InventoryState(
        line=before.line and replace(before.line, status=LineStatus.VOID, device_id=None),
        device=before.device and replace(before.device, status=DeviceStatus.VOID, person_id=None),
        sim=before.sim and replace(before.sim, status=SimStatus.VOID),
    )


def _suspend_line(before: InventoryState, _: EffectInput, __: Identifiers, ___: datetime) -> InventoryState:
    return replace(before, line=replace(_line_of(before), status=LineStatus.SUSPENDED))


def _reassign_line(before: InventoryState, wish: EffectInput, _: Identifiers, __: datetime) -> InventoryState:
    """The line goes to the person's own account; so does the device, unless it stays behind in stock."""
    line, device = _line_of(before), before.device
    account_id = wish.home_account_id or line.account_id
    line = replace(line, person_id=wish.person_id, account_id=account_id, cost_center=wish.cost_center)
    if wish.answers.get(Ask.DEVICE_MOVES, True):
        device = device and replace(device, person_id=wish.person_id, account_id=account_id)
    else:
        device = device and replace(device, person_id=None, status=DeviceStatus.IN_STOCK)
        line = replace(line, device_id=None)
    return replace(before, line=line, device=device)


def _line_of(before: InventoryState) -> Line:
    if before.line is None:
        raise ValueError("the item names the line that is to change")
    return before.line


def _bring_back(before: InventoryState) -> InventoryState:
    return replace(before, line=replace(_line_of(before), status=LineStatus.ACTIVE))


def _cut_off(before: InventoryState) -> InventoryState:
    """The carrier has ended the line: its SIM is worth nothing, its device stays with whoever has it."""
    return replace(
        before,
        line=replace(_line_of(before), status=LineStatus.DISCONNECTED),
        sim=before.sim and replace(before.sim, status=SimStatus.RETIRED),
    )


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or the month's last day where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    years, month = divmod(first.month, 12)
    last = (date(first.year + years, month + 1, 1) - first).days
    return first.replace(day=min(day.day, last))


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "new_line": Effect(apply=_apply_new_line, reservation=Reservation(make=_reserve_new_line, undo=_undo_new_line)),
        "suspend_line": Effect(apply=_suspend_line),
        "reassign_line": Effect(apply=_reassign_line),
    }
)

# What becomes of a suspended line when its clock runs out, or its carrier has resumed it.
SUSPENSION_ENDS: Mapping[Ending, Callable[[InventoryState], InventoryState]] = MappingProxyType(
    {Ending.RESUME: _bring_back, Ending.RECONNECT: _bring_back, Ending.DISCONNECT: _cut_off}
)
