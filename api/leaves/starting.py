"""Starts, moves and cancels the leave of a person, for pages, programs and files. The audit log keeps each."""

from datetime import date, datetime

from api.people.person_changes import check_admin_left
from models.audit import AuditAction, AuditActor
from models.db import deactivation
from models.db.audit import audit_log
from models.db.catalog import policy_versions
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveRow
from models.db.orders.tables import OrderRow
from models.db.outbox import messages
from models.db.outbox.messages import Message, MessageKind
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.errors import ActionNotAllowed
from models.leave import LeaveState
from models.lifecycle import NOT_SENT, Action, Status
from models.order import OrderRef
from models.order_messages import Cancellation
from policies.deadlines import local_day

_REASON = "The leave was canceled."


async def start(
    session: Session,
    person: PersonRow,
    last_day: date,
    *,
    immediate: bool = False,
    no_show: bool = False,
    by: AuditActor,
    at: datetime,
) -> None:
    """Start the leave of a person, or move the one that is open. One that has ended access stays as it is.

    Raises ActionNotAllowed.
    """
    today = local_day(await policy_versions.newest(session, person.tenant), at)
    admins = await person_changes.lock_admins(session, person.tenant, today)
    row = await leaves.lock_open(session, person.tenant, person.id)
    if row and row.ended_at:
        return
    if not person.active:
        raise ActionNotAllowed(f"{person.name} is not active anymore.")
    if by.id:  # an operator can bring in the next admin with a file
        leaving = await person_changes.leaving_admins(session, person.tenant)
        check_admin_left(person.id, admins, leaving={person.id, *leaving})
    action = AuditAction.LEAVE_CHANGED if row else AuditAction.LEAVE_STARTED
    person.leaves_on = last_day
    if row:
        row.immediate, row.no_show, row.next_at, row.asked_at = immediate, no_show, at, None
    else:
        row = LeaveRow(
            tenant=person.tenant, id=new_id(), person_id=person.id, immediate=immediate, no_show=no_show,
            started_by=by.id, started_at=at, next_at=at,
        )  # fmt: skip
        await leaves.add(session, row)
    await record(session, person, action, by=by, at=at, immediate=immediate, no_show=no_show)


async def name_successor(
    session: Session, person: PersonRow, successor_id: str | None, *, by: AuditActor, at: datetime
) -> None:
    """Say who takes over after the last day. A leave that has ended access has handed over. Raises ActionNotAllowed."""
    row = await leaves.lock_open(session, person.tenant, person.id)
    if row is None or row.ended_at:
        raise ActionNotAllowed("Their access has ended. Change what people own on their pages.")
    await person_changes.save(session, person, successor_id=successor_id)
    await record(session, person, AuditAction.LEAVE_CHANGED, by=by, at=at)


async def cancel(session: Session, person: PersonRow, row: LeaveRow, *, by: AuditActor, at: datetime) -> None:
    """Undo all that was not sent to a carrier. `row` is open, and locked with the person."""
    await record(session, person, AuditAction.LEAVE_CANCELED, by=by, at=at)
    for order in await undone(session, row):
        await messages.enqueue(session, cancellation(order, by=by, reason=_REASON), notify_relay=True)
    if row.ended_at:
        await deactivation.reactivate(session, person, by=by, reason=_REASON, at=at)
    row.state, row.closed_at, row.next_at, person.leaves_on = LeaveState.CANCELED, at, None, None
    person.successor_id = None


async def undone(session: Session, row: LeaveRow) -> list[OrderRow]:
    """The orders of a leave that are canceled with it: those that were not sent to a carrier."""
    return [order for order in (await leaves.orders(session, row)).values() if Status(order.status) in NOT_SENT]


def cancellation(order: OrderRow, *, by: AuditActor, reason: str) -> Message:
    """What asks the workflow of an order to cancel it."""
    payload = Cancellation(action_id=new_id(), actor=by.in_history, reason=reason)
    ref = OrderRef(tenant=order.tenant, id=order.id)
    return Message(action_id=payload.action_id, ref=ref, kind=MessageKind.UPDATE, name=Action.CANCEL, payload=payload)


async def record(
    session: Session, to: PersonRow, action: AuditAction, *, by: AuditActor, at: datetime, **detail: str | bool | None
) -> None:
    """`to` is locked with the leave."""
    day = to.leaves_on.isoformat() if to.leaves_on else None
    known = {"last_day": day, "successor_id": to.successor_id, **detail}
    await audit_log.record(session, action, by=by, to=to, at=at, **known)
