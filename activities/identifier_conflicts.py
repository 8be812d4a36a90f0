"""Identifiers of a completed item that something else has, and what a person has decided about them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio.exceptions import ApplicationError

from models.db import identifiers_in_use
from models.db.identifiers_in_use import InUse
from models.db.line_timers import line_timers
from models.db.locks import locks
from models.db.order_events import append_outside
from models.db.orders import item_reports, order_rows
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.effect import Effect, EffectInput
from models.events.operations import GIVEN_UP, TAKEN_OVER
from models.formatting import capitalized, lock_holder
from models.identifiers import IDENTIFIER_IN_USE, LABELS, Remedy
from models.lock import Thing
from models.order import SYSTEM, Channel, Identifiers, Order, OrderRef
from models.order_messages import SettledIdentifier
from models.order_type import ThingKind
from models.timers import STOPPED

_IMEIS = ("imei", "imei2")


async def settle(
    session: Session,
    order: Order,
    item: ItemRow,
    effect: Effect,
    params: EffectInput,
    *,
    settled: tuple[SettledIdentifier, ...],
    at: datetime,
) -> EffectInput:
    """Do what was decided about the item's identifiers; returns what its effect takes then.

    Fails for good while another order is changing the line that is to give one up.
    """
    own = {one.name: one.remedy for one in settled if one.item_id == item.id}
    taken = {name: value for name, value in params.identifiers.known.items() if own.get(name) is Remedy.TAKE_OVER}
    for in_use in await identifiers_in_use.in_inventory(session, item, Identifiers(**taken)):
        await _take_over(session, order, item, effect, in_use, at=at)
    without = {name for name, remedy in own.items() if remedy is Remedy.COMPLETE_WITHOUT}
    if not without:
        return params
    await item_reports.leave_out(session, order.ref, item.id, without, at=at, by=Channel.SYSTEM)
    return replace(
        params,
        answers={name: answer for name, answer in params.answers.items() if name not in without},
        reported=replace(params.reported, **dict.fromkeys(without)),
    )


async def require_own_device(session: Session, item: ItemRow, effect: Effect, params: EffectInput) -> None:
    """Fail for good if another device has one of the item's IMEIs, as its first or its second."""
    if "device.imei" in effect.changes:
        imeis = {name: params.identifiers.known.get(name) for name in _IMEIS}
        for in_use in await identifiers_in_use.in_inventory(session, item, Identifiers(**imeis)):
            raise failure(item, effect, in_use.name, in_use)


def failure(item: ItemRow, effect: Effect, name: str, in_use: InUse | None, *, says: str = "") -> ApplicationError:
    """Names the identifier, what has it, and what can be decided; without `in_use` that is no longer known."""
    remedies = {
        Remedy.CORRECT: True,
        Remedy.TAKE_OVER: in_use is not None,
        Remedy.COMPLETE_WITHOUT: name not in effect.needs,
    }
    holder = in_use.holder if in_use else "the inventory"
    problem = f"The {LABELS[name]} of item {item.number} is already in use: {holder} has it.{says}"
    allowed = [remedy for remedy, is_allowed in remedies.items() if is_allowed]
    consequence = in_use.consequence if in_use else ""
    return ApplicationError(problem, name, allowed, consequence, type=IDENTIFIER_IN_USE, non_retryable=True)


async def _take_over(
    session: Session, order: Order, item: ItemRow, effect: Effect, in_use: InUse, *, at: datetime
) -> None:
    """Record it in the histories of this order and of the latest one about the other line."""
    line = Thing(kind=ThingKind.LINE, id=in_use.line_id) if in_use.line_id else None
    changed_by = await locks.held_by(session, order, line, at) if line else None
    if changed_by is not None:
        says = f" {capitalized(lock_holder(changed_by))} is in progress for that line: wait until it's done."
        raise failure(item, effect, in_use.name, in_use, says=says)
    await identifiers_in_use.give_up(session, order.tenant, in_use)
    other = await order_rows.latest_of_line(session, order.tenant, in_use.line_id) if in_use.line_id else None
    if in_use.name == "mdn" and in_use.line_id:
        for timer in await line_timers.running_on(session, order.tenant, in_use.line_id):
            await line_timers.stop(session, timer, by=order.ref, outcome=STOPPED, at=at)
    data: dict[str, Any] = {"item_id": item.id, "identifier": LABELS[in_use.name], "detail": in_use.consequence}
    more = {"from_line": in_use.mdn, "from_order": other.number if other else None}
    await append_outside(session, order.ref, TAKEN_OVER, actor=SYSTEM, at=at, data=data | more)
    if other is not None:
        given_up = {"identifier": data["identifier"], "detail": data["detail"], "to_order": order.number}
        ref = OrderRef(tenant=other.tenant, id=other.id)
        await append_outside(session, ref, GIVEN_UP, actor=SYSTEM, at=at, data=given_up)
