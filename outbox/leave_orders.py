"""The orders that a person's leaving needs: for what was chosen, and for what no one has decided about."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.db.catalog import policy_versions, products
from models.db.inventory import held
from models.db.inventory.tables import LineRow
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveItemRow, LeaveRow
from models.db.locks import locks
from models.db.people import lookup
from models.db.session import Session
from models.facts import Person, Role
from models.inventory import LineStatus
from models.leave import LeaveState, LeaveStep, LeaveThing
from models.leave_choice import LeaveChoice, leave_choice
from models.lock import Thing
from models.order_type import OrderType, ThingKind
from models.questions.features import REMOVE_FEATURES
from policies import leaving
from policies.leaving import Timetable, WantedOrder, timetable
from policies.paid_features import to_end

RETRY_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class ThingToOrder:
    """A line or device of a leave, and the order that it needs now."""

    thing: LeaveThing
    thing_id: str
    order: WantedOrder


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What the person still has, and what the leave knows about it. `features` end with the last day, by line."""

    lines: tuple[LineRow, ...]
    device_ids: tuple[str, ...]
    items: Mapping[tuple[str, str], LeaveItemRow]
    open_orders: frozenset[str]
    features: Mapping[str, Sequence[str]]

    def item(self, thing: LeaveThing, thing_id: str | None) -> LeaveItemRow | None:
        return self.items.get((thing, thing_id or ""))


def _choice(item: LeaveItemRow | None) -> LeaveChoice | None:
    return leave_choice(item.choice) if item and item.choice else None


def is_ordered(item: LeaveItemRow | None, step: LeaveStep) -> bool:
    """Whether this step, or a later one, was ordered before."""
    return item is not None and item.step is not None and LeaveStep(item.step).rank >= step.rank


async def wanted(
    session: Session, order_types: Collection[OrderType], leave: LeaveRow, at: datetime
) -> list[ThingToOrder]:
    """Those that an order is possible for now; not what another open order is about."""
    times = await _times(session, leave, at)
    has = await _holdings(session, leave)
    found = [*_for_lines(order_types, has, times, at), *_for_devices(order_types, has)]
    return [one for one in found if not await _is_locked(session, leave.tenant, one)]


async def go_on(session: Session, found: LeaveRow, at: datetime) -> None:
    """Say when the leave is looked at next, or that it is done: the person has nothing, and no order is open."""
    leave = await leaves.lock_open(session, found.tenant, found.person_id)
    if leave is None or leave.id != found.id:
        return
    has = await _holdings(session, leave)
    if has.lines or has.device_ids or has.open_orders:
        times = await _times(session, leave, at)
        leave.next_at = min(filter(None, (times.next_after(at), at + RETRY_INTERVAL)))
    else:
        leave.state, leave.closed_at, leave.next_at = LeaveState.DONE, at, None


async def requester(session: Session, leave: LeaveRow) -> str | None:
    """In whose name it is ordered: the manager's, else that of the admin who started it, or another one."""
    person = await lookup.row_of(session, leave.tenant, leave.person_id)
    admins = await lookup.with_role(session, leave.tenant, Role.ADMIN)
    others = sorted((one.id for one in admins if one.id != person.id), key=lambda one: one != leave.started_by)
    manager = await lookup.row_by_id(session, leave.tenant, person.manager_id) if person.manager_id else None
    return manager.id if manager and manager.active else next(iter(others), None)


async def admins(session: Session, leave: LeaveRow) -> list[str]:
    """Who is told about the orders."""
    rows = await lookup.with_role(session, leave.tenant, Role.ADMIN)
    return [one.id for one in rows if one.id != leave.person_id]


async def _times(session: Session, leave: LeaveRow, at: datetime) -> Timetable:
    person = await lookup.row_of(session, leave.tenant, leave.person_id)
    policy = await policy_versions.newest(session, leave.tenant)
    return timetable(policy, person.leaves_on or at.date(), leave.ended_at)


async def _holdings(session: Session, leave: LeaveRow) -> Holdings:
    orders = await leaves.orders(session, leave)
    lines = await held.lines_of(session, leave.tenant, leave.person_id)
    devices = {row.id: row.sku for row, _ in await held.devices_of(session, leave.tenant, leave.person_id)}
    person = lookup.person(await lookup.row_of(session, leave.tenant, leave.person_id))
    return Holdings(
        lines=tuple(lines),
        device_ids=tuple(devices),
        items={(one.thing, one.thing_id): one for one in await leaves.items(session, leave)},
        open_orders=frozenset(row.id for row in orders.values() if row.closed_at is None),
        features={line.id: await _to_end(session, person, line, devices.get(line.device_id or "")) for line in lines},
    )


async def _to_end(session: Session, person: Person, line: LineRow, device_sku: str | None) -> list[str]:
    """The features of a line that end with the last day of its user."""
    on_line = [sku for sku in (line.plan, device_sku) if sku]
    named = [*line.features, *on_line]
    priced = await products.by_sku(session, person, line.account_id, named, held=named) if line.features else {}
    return to_end(line.features, on_line, priced, roaming=True)


def _for_lines(
    order_types: Collection[OrderType], has: Holdings, times: Timetable, at: datetime
) -> Iterator[ThingToOrder]:
    for line in has.lines:
        item = has.item(LeaveThing.LINE, line.id)
        if item and item.order_id in has.open_orders:
            continue
        choice, order = _choice(item), None
        if choice and item and not is_ordered(item, LeaveStep.CHOSEN):
            of_device = _choice(has.item(LeaveThing.DEVICE, line.device_id))
            order = leaving.chosen_for_line(order_types, line.id, choice, to_id=item.to_id, of_device=of_device)
        else:
            step = _due_step(line, has, times, at)
            if step and not is_ordered(item, step):
                order = leaving.by_default(order_types, line.id, step, _answers(line, has, step))
        if order:
            yield ThingToOrder(thing=LeaveThing.LINE, thing_id=line.id, order=order)


def _due_step(line: LineRow, has: Holdings, times: Timetable, at: datetime) -> LeaveStep | None:
    if at >= times.disconnects_at:
        return LeaveStep.DISCONNECT
    if line.status != LineStatus.ACTIVE:
        return None
    if at >= times.suspends_at:
        return LeaveStep.SUSPEND
    return LeaveStep.FEATURES if has.features.get(line.id) else None


def _answers(line: LineRow, has: Holdings, step: LeaveStep) -> Mapping[str, Any]:
    return {REMOVE_FEATURES.code: [*has.features[line.id]]} if step is LeaveStep.FEATURES else {}


def _for_devices(order_types: Collection[OrderType], has: Holdings) -> Iterator[ThingToOrder]:
    line_of = {line.device_id: line.id for line in has.lines if line.device_id}
    for device_id in has.device_ids:
        item = has.item(LeaveThing.DEVICE, device_id)
        if is_ordered(item, LeaveStep.CHOSEN):
            continue
        choice, of_line = _choice(item), _choice(has.item(LeaveThing.LINE, line_of.get(device_id)))
        if choice:
            order = leaving.chosen_for_device(order_types, device_id, choice, of_line=of_line)
        else:
            order = None if of_line else leaving.return_by_default(order_types, device_id)
        if order:
            yield ThingToOrder(thing=LeaveThing.DEVICE, thing_id=device_id, order=order)


async def _is_locked(session: Session, tenant: str, one: ThingToOrder) -> bool:
    kind = ThingKind.LINE if one.thing is LeaveThing.LINE else ThingKind.DEVICE
    return bool(await locks.claims_on(session, tenant, Thing(kind=kind, id=one.thing_id)))
