"""What follows from another first day of someone who has not started."""

from datetime import date, datetime, timedelta

from models import formatting
from models.audit import AuditActor
from models.db.catalog import policy_versions
from models.db.orders import open_orders
from models.db.orders.tables import OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.sign_in import access_tokens, portal_sessions
from models.facts import Policy
from models.lifecycle import Action, Status
from models.order import OrderRef
from models.order_messages import Rescheduling
from notifications.account_emails import AccountEmail, enqueue_account_email
from policies.deadlines import local_day, opens_at

_ONE_DAY = timedelta(days=1)


async def follow(session: Session, person: PersonRow, before: date | None, *, by: AuditActor, at: datetime) -> None:
    """Move the orders for the person that wait for their day, and tell those who placed any that are open.

    `person` is locked, and has the new first day. Before it, nobody signs in.
    """
    policy, after = await policy_versions.newest(session, person.tenant), person.starts_on
    if after and after > local_day(policy, at):
        await portal_sessions.end_all(session, person.tenant, person.id, at=at)
        await access_tokens.revoke_all(session, person.tenant, person.id, at=at)
    if before is None or after is None:
        return
    moved, stay = list[OrderRow](), list[OrderRow]()
    for order in await open_orders.for_people(session, person.tenant, [person.id]):
        is_scheduled = Status(order.status) is Status.SCHEDULED and order.due_at is not None
        (moved if is_scheduled else stay).append(order)
    for order in moved:
        await enqueue(session, _rescheduling(order, after - before, policy, by=by, at=at), notify_relay=True)
    requesters = await lookup.active_rows_by_id(session, person.tenant, {one.requester_id for one in (*moved, *stay)})
    for requester in requesters.values():
        await enqueue_account_email(
            session,
            AccountEmail.START_MOVED,
            requester,
            at=at,
            joiner=person.name,
            day=formatting.day(after),
            moved=_named(moved, requester),
            stay=_named(stay, requester),
        )


def _rescheduling(order: OrderRow, by_days: timedelta, policy: Policy, *, by: AuditActor, at: datetime) -> Message:
    """The order, which is due on its start date, keeps its distance to the first day, as far as it can be scheduled."""
    today = local_day(policy, at)
    planned = local_day(policy, order.due_at or at) + by_days
    day = min(max(planned, today + _ONE_DAY), today + timedelta(days=policy.effective_days_ahead))
    payload = Rescheduling(action_id=new_id(), actor=by.in_history, effective_at=opens_at(policy, day))
    ref = OrderRef(tenant=order.tenant, id=order.id)
    return Message(
        action_id=payload.action_id, ref=ref, kind=MessageKind.UPDATE, name=Action.RESCHEDULE, payload=payload
    )


def _named(orders: list[OrderRow], requester: PersonRow) -> str | None:
    """Those that this person has placed, for an email."""
    own = [one for one in orders if one.requester_id == requester.id]
    return formatting.join_names([f"{formatting.order_title(one.title)} ({one.number})" for one in own]) or None
