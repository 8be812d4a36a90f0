"""Opens a task for an order that its carrier has lost, or has had for too long without a date."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from models.db import silent_orders
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.session import Database, Session
from models.db.tasks import tasks
from models.event import Event
from models.events.operations import FOUND_AGAIN, LOST_ORDER, SILENT_CARRIER
from models.lifecycle import Action
from models.order import SYSTEM, Actor, OrderRef
from models.task import task_kind
from models.task_action import TaskAction
from notifications.enqueue import enqueue_emails

# A carrier that does not know an order may be about to write it down, or to come back from a failure.
LOST_AFTER = timedelta(minutes=3)
# How long a settled task stays closed although nothing has changed.
LOST_AGAIN_AFTER = timedelta(minutes=15)
SILENT_AGAIN_AFTER = timedelta(days=1)


async def note_missing(session: Session, row: CarrierOrderRow) -> None:
    """The carrier doesn't know an order that it had accepted: the second time, minutes later, it is lost.

    The request of a suspension timer is not a task: its workflow waits for an answer, and asks an operator without one.
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
    await _open(session, ref, LOST_ORDER, row, without, thing=row.client_ref)


async def note_found(session: Session, row: CarrierOrderRow, actor: Actor) -> None:
    """The carrier reports on an order that it had lost. The caller has locked the order."""
    if row.timer_id is not None or not row.open:
        return
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    task = await tasks.find_open(session, ref, LOST_ORDER.opens, row.client_ref)
    data = {"carrier_ref": row.carrier_ref} | ({"task": task.seq} if task else {})
    await append_outside(session, ref, FOUND_AGAIN, actor=actor, at=await session.now(), data=data)


async def report_silent(database: Database, carrier_code: str) -> None:
    """Open a task for each order that its carrier should have reported on by now."""
    while True:
        async with database.transaction() as session:
            since = await session.now() - SILENT_AGAIN_AFTER
            order = await silent_orders.claim(session, carrier_code, SILENT_CARRIER.opens, since)
            if order is None:
                return
            ref = OrderRef(tenant=order.tenant, id=order.id)
            sent = await carrier_orders.find_open(session, ref)
            without = () if sent is not None and sent.carrier_ref is not None else (TaskAction.ASK_AGAIN,)
            await _open(session, ref, SILENT_CARRIER, sent, without)


async def _open(
    session: Session, ref: OrderRef, event: Event, row: CarrierOrderRow | None, without: Collection[str], **data: Any
) -> None:
    """Open the task about a submission, without the choices that make no sense for it."""
    if row is not None:
        known = {"carrier_ref": row.carrier_ref, "references": row.client_ref, "round": row.round}
        data = known | data
    choices = [choice.code for choice in task_kind(event.opens).choices if choice.code not in without]
    order, appended = await append_outside(
        session, ref, event, actor=SYSTEM, at=await session.now(), data={**data, "choices": choices}
    )
    await enqueue_emails(session, order, appended)
