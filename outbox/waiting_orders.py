"""Opens a task for an order that its carrier has lost."""

from collections.abc import Collection
from datetime import timedelta

from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.session import Session
from models.db.tasks import tasks
from models.events.operations import FOUND_AGAIN, LOST_ORDER
from models.lifecycle import Action
from models.order import SYSTEM, Actor, OrderRef
from models.task import task_kind
from notifications.enqueue import enqueue_emails

# A carrier that does not know an order may be about to write it down, or to come back from a failure.
LOST_AFTER = timedelta(minutes=3)
# How long a settled task stays closed although nothing has changed.
LOST_AGAIN_AFTER = timedelta(minutes=15)


async def note_missing(session: Session, row: CarrierOrderRow) -> None:
    """The carrier doesn't know an order that it had accepted: the second time, minutes later, it is lost.

    The request of a line's timer is not a task: its workflow waits for an answer, and asks an operator without one.
    """
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    await lock_order(session, ref)
    lost = await carrier_orders.mark_missing(session, row, LOST_AFTER)
    since = await session.now() - LOST_AGAIN_AFTER
    if not lost or row.timer_id is not None:
        return
    if await tasks.settled_lately(session, ref, LOST_ORDER.opens, row.client_ref, since):
        return
    latest = await carrier_orders.find_open(session, ref)
    without = () if latest is not None and latest.round == row.round else (Action.PLACE_AGAIN,)
    await _open(session, ref, row, without)


async def note_found(session: Session, row: CarrierOrderRow, actor: Actor) -> None:
    """The carrier reports on an order that it had lost. The caller has locked the order."""
    if row.timer_id is not None or not row.open:
        return
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    task = await tasks.find_open(session, ref, LOST_ORDER.opens, row.client_ref)
    data = {"carrier_ref": row.carrier_ref} | ({"task": task.seq} if task else {})
    await append_outside(session, ref, FOUND_AGAIN, actor=actor, at=await session.now(), data=data)


async def _open(session: Session, ref: OrderRef, row: CarrierOrderRow, without: Collection[str]) -> None:
    """Open the task about a submission, without the choices that make no sense for it."""
    known = {"carrier_ref": row.carrier_ref, "references": row.client_ref, "round": row.round, "thing": row.client_ref}
    choices = [choice.code for choice in task_kind(LOST_ORDER.opens).choices if choice.code not in without]
    order, appended = await append_outside(
        session, ref, LOST_ORDER, actor=SYSTEM, at=await session.now(), data={**known, "choices": choices}
    )
    await enqueue_emails(session, order, appended)
