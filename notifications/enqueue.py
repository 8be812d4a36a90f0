"""Stores the emails of an event in the transaction that records it; the relay sends them after the commit."""

from datetime import datetime, timedelta

from models.db import facts
from models.db.approvals.approval_links import content_hash, create_link
from models.db.approvals.tables import ApprovalRow
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id, utc_now
from models.order import Order, OrderEvent, OrderRef
from notifications.event_emails import EVENT_EMAILS, NEW_LINK, EventEmail
from notifications.links import link_expiry
from notifications.recipients import NotificationContext, notification_context

NEW_LINK_INTERVAL = timedelta(minutes=2)


async def enqueue_emails(session: Session, order: Order, event: OrderEvent) -> None:
    """Store the emails of an event that the tenant has not turned off, at most one per person."""
    emails = EVENT_EMAILS.get(event.event, ())
    if not emails:
        return
    context = await notification_context(session, order, event, {audience for email in emails for audience in email.to})
    enabled = [email for email in emails if context.disabled.isdisjoint({email.name, event.event.value})]
    ids = {email.name: context.ids(email.to) for email in enabled}
    people = await email_queue.active_recipients(
        session, order.tenant, {person for to in ids.values() for person in to}
    )
    for email in enabled:
        for person_id in ids[email.name]:
            if person_id in people and not (email.link and person_id not in context.pending):
                await _enqueue(session, context, event, email, people.pop(person_id))


async def enqueue_new_link(session: Session, approval: ApprovalRow, *, at: datetime) -> bool:
    """Email a new link to the approver's registered address.

    False if the approver is no longer active or got one within NEW_LINK_INTERVAL; nothing is sent then.
    """
    order = await order_values.row_of(session, OrderRef(tenant=approval.tenant, id=approval.order_id))
    people = await email_queue.active_recipients(session, approval.tenant, [approval.approver_id])
    if approval.approver_id not in people:
        return False
    row = _row(order, order.seq, NEW_LINK, people[approval.approver_id], at)
    if not await email_queue.renew(session, row, unless_since=at - NEW_LINK_INTERVAL):
        return False
    await _create_link(session, order, approval, row)
    return True


async def _enqueue(
    session: Session, context: NotificationContext, event: OrderEvent, email: EventEmail, person: PersonRow
) -> None:
    row = _row(context.order, event.seq, email, person, event.at)
    if await email_queue.add(session, row) and email.link:
        await _create_link(session, context.order, context.pending[person.id], row)


def _row(order: OrderRow, seq: int, email: EventEmail, person: PersonRow, at: datetime) -> NotificationRow:
    return NotificationRow(
        id=new_id(),
        tenant=order.tenant,
        order_id=order.id,
        seq=seq,
        event=email.name,
        recipient_id=person.id,
        address=person.email,
        link_id=new_id() if email.link else None,
        created_at=at,
        next_attempt_at=min(at, utc_now()),  # a workflow's clock may run ahead of ours
    )


async def _create_link(session: Session, order: OrderRow, approval: ApprovalRow, row: NotificationRow) -> None:
    assert row.link_id is not None
    policy = await facts.policy_of(session, order.tenant)
    items = await order_values.items_of(session, OrderRef(tenant=order.tenant, id=order.id))
    await create_link(
        session,
        approval,
        link_id=row.link_id,
        content=content_hash(order, items),
        expires_at=link_expiry(policy, row.created_at, approval.due_at),
        at=row.created_at,
    )
