"""Announcing an entry: who is told what about it, written down in the transaction that records it."""

from datetime import datetime, timedelta

from models.db import facts
from models.db.approvals.approval_links import content_hash, create_link
from models.db.approvals.tables import ApprovalRow
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_values
from models.db.orders.order_values import items_of
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id, utc_now
from models.order import Order, OrderEvent, OrderRef
from notifications.event_emails import EVENT_EMAILS, FRESH_LINK, EventEmail
from notifications.links import link_expiry
from notifications.recipients import NotificationContext, notification_context

FRESH_LINK_EVERY = timedelta(minutes=2)


async def enqueue_emails(session: Session, order: Order, entry: OrderEvent) -> None:
    """Write down the mails an entry causes, with their approval links; the relay sends them after the commit.

    Nobody gets two mails about one entry, and nothing is announced that the tenant has switched off.
    """
    mails = EVENT_EMAILS.get(entry.event, ())
    if not mails:
        return
    scene = await notification_context(session, order, entry, {audience for mail in mails for audience in mail.to})
    wanted = [mail for mail in mails if scene.off.isdisjoint({mail.name, entry.event.value})]
    ids = {mail.name: scene.ids(mail.to) for mail in wanted}
    people = await email_queue.reachable(session, order.tenant, {one for some in ids.values() for one in some})
    told: set[str] = set()
    for mail in wanted:
        fresh = [people[one] for one in ids[mail.name] if one in people and one not in told]
        told |= await _tell(session, scene, entry, mail, fresh)


async def enqueue_new_link(session: Session, approval: ApprovalRow, *, at: datetime) -> bool:
    """Mail a new link to the registered address of someone who is asked to decide.

    False when that was done a moment ago or the person is not active any more; nothing is mailed then.
    """
    order = await order_values.row_of(session, OrderRef(tenant=approval.tenant, id=approval.order_id))
    people = await email_queue.reachable(session, approval.tenant, [approval.approver_id])
    if approval.approver_id not in people:
        return False
    row = _row(order, order.seq, FRESH_LINK, people[approval.approver_id], at)
    if not await email_queue.renew(session, row, unless_since=at - FRESH_LINK_EVERY):
        return False
    await _give_link(session, order, approval, row)
    return True


async def _tell(
    session: Session, scene: NotificationContext, entry: OrderEvent, mail: EventEmail, people: list[PersonRow]
) -> set[str]:
    if mail.link:
        people = [person for person in people if person.id in scene.pending]
    for person in people:
        row = _row(scene.order, entry.seq, mail, person, entry.at)
        if await email_queue.add(session, row) and mail.link:
            await _give_link(session, scene.order, scene.pending[person.id], row)
    return {person.id for person in people}


def _row(order: OrderRow, seq: int, mail: EventEmail, person: PersonRow, at: datetime) -> NotificationRow:
    return NotificationRow(
        id=new_id(),
        tenant=order.tenant,
        order_id=order.id,
        seq=seq,
        event=mail.name,
        recipient_id=person.id,
        address=person.email,
        link_id=new_id() if mail.link else None,
        created_at=at,
        next_attempt_at=min(at, utc_now()),  # an order's clock may run ahead of ours
    )


async def _give_link(session: Session, order: OrderRow, approval: ApprovalRow, row: NotificationRow) -> None:
    assert row.link_id is not None
    policy = await facts.policy_of(session, order.tenant)
    items = await items_of(session, OrderRef(tenant=order.tenant, id=order.id))
    await create_link(
        session,
        approval,
        link_id=row.link_id,
        content=content_hash(order, items),
        expires_at=link_expiry(policy, row.created_at, approval.due_at),
        at=row.created_at,
    )
