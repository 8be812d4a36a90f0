"""Passes on the approvals that wait for people who can no longer decide: they left, or the order is their own now."""

from collections.abc import Collection
from datetime import timedelta

from models.approval_plan import Approver
from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.facts.base import for_order
from models.db.facts.ties import tied_on
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.orders import order_rows
from models.db.orders.tables import OrderRow
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database, Session, new_id
from models.db.tasks import tasks
from models.events.approval import APPROVER_MISSING
from models.facts import Facts
from models.lifecycle import Action
from models.order import SYSTEM, OrderRef
from models.order_messages import Reassignment
from notifications.enqueue import enqueue_emails
from outbox import handovers
from policies import approval
from policies.access import can_approve
from runtime.periodic import FailureLog, do_each, run_periodically

CHECK_INTERVAL = timedelta(seconds=5)
# A message that the workflow has rejected is not repeated sooner.
REPEAT_INTERVAL = timedelta(minutes=1)


class ApproverMonitor:
    """One per worker process. Several may find the same approval; the order's lock lets one of them pass it on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("approver_check_failed", "approver_check_recovered")
        await run_periodically(self.run_once, every=CHECK_INTERVAL, failures=failures)

    async def run_once(self) -> None:
        """Pass on every approval that waits for someone who can't decide, also if one of them fails."""
        async with self._database.transaction() as session:
            found = await approval_requests.pending_of_doubtful(session)
        await do_each(self._check, found)

    async def _check(self, found: tuple[ApprovalRow, PersonRow]) -> None:
        async with self._database.transaction() as session:
            await _pass_on(session, *found)


async def _pass_on(session: Session, found: ApprovalRow, asked: PersonRow) -> None:
    """Ask someone else if this person can't decide, or open a task if no one can."""
    ref = OrderRef(tenant=found.tenant, id=found.order_id)
    order = await lock_order(session, ref)
    of_order = await approval_requests.approvals_of(session, order)
    stage = [row for row in of_order if (row.round, row.stage) == (found.round, found.stage)]
    pending = {row.approver_id for row in stage if row.state == "pending"}
    recent = await delivery.was_enqueued(session, ref, Action.REASSIGN, since=await session.now() - REPEAT_INTERVAL)
    if asked.id not in pending or recent:
        return
    today = await for_order(session, order, await order_rows.items_of(session, ref), needs=())
    own = tied_on(today, order)
    reason = _why_not(asked, own)
    if reason is None:
        return
    first = None if asked.active else await handovers.next_approver(session, asked)
    to = find_successor(today, order, stage, found, first=first)
    if to is None:
        await _open_task(session, ref, found, reason)
        return
    message = Reassignment(
        action_id=new_id(),
        actor=SYSTEM,
        from_id=asked.id,
        to=to,
        reason=reason,
    )
    await enqueue(
        session,
        Message(action_id=message.action_id, ref=ref, kind=MessageKind.UPDATE, name=Action.REASSIGN, payload=message),
        notify_relay=True,
    )


def find_successor(
    today: Facts,
    order: OrderRow,
    stage: Collection[ApprovalRow],
    found: ApprovalRow,
    *,
    first: Approver | None = None,
) -> Approver | None:
    """Who decides in place of this approver of a stage, by the facts of today; None if no one can.

    `first` if they can, then the first who is not asked yet, else the first who is.
    """
    asked = {row.approver_id for row in stage if row.state == "pending"}
    decided = {row.approver_id for row in stage} - asked
    excluded = decided | tied_on(today, order) | {found.approver_id}
    if first and first.person_id not in excluded:
        return first
    left = [one for one in approval.successors(today, found.label) if one.person_id not in excluded]
    return next((one for one in left if one.person_id not in asked), next(iter(left), None))


def _why_not(person: PersonRow, own: Collection[str]) -> str | None:
    """Why the person can't decide, as a sentence; `own` are those whose own order it is."""
    if not can_approve(lookup.person(person)):
        return f"{person.name} can no longer approve orders."
    return f"This is {person.name}'s own order now." if person.id in own else None


async def _open_task(session: Session, ref: OrderRef, found: ApprovalRow, reason: str) -> None:
    if await tasks.was_opened(session, ref, APPROVER_MISSING.opens, found.id):
        return
    data = {"thing": found.id, "reason": reason}
    order, event = await append_outside(session, ref, APPROVER_MISSING, actor=SYSTEM, at=await session.now(), data=data)
    await enqueue_emails(session, order, event)
