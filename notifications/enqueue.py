"""Stores the emails of an event in the transaction that records it; the relay sends them after the commit."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.db import email_context
from models.db.approvals.approval_links import content_hash, create_link
from models.db.approvals.tables import ApprovalRow
from models.db.email_context import EmailContext
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.order_lock import lock_order
from models.db.orders import order_rows
from models.db.orders.tables import OrderRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.db.tasks import tasks
from models.event import Audience, EventEmail, event_of
from models.facts import Role
from models.order import Order, OrderEvent, OrderRef
from notifications.link_expiry import link_expiry
from notifications.order_emails import NEW_LINK

NEW_LINK_INTERVAL = timedelta(minutes=2)


async def enqueue_emails(session: Session, order: Order, event: OrderEvent) -> None:
    """Store the emails of an event, at most one per person, but for those that the company has switched off."""
    emails = event_of(event.event).emails
    if not emails:
        return
    audiences = await _found_by_query(session, order, event, {audience for email in emails for audience in email.to})
    audiences |= _from_event(event)
    also = {person_id for ids in audiences.values() for person_id in ids}
    context = await email_context.load(session, order.ref, also=also)
    audiences |= _from_context(context)
    left, chosen = {**context.people}, list[_Chosen]()
    for email in emails:
        if not email.has_switch or email.name not in context.switched_off:
            chosen += _take(left, email, audiences, context.approvals)
    await _enqueue(session, context, [_row(context.order, event.seq, one, event.at) for one in chosen], chosen)


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """Who gets which email, with the approval that it has a link to."""

    email: EventEmail
    person: PersonRow
    approval: ApprovalRow | None = None


def _take(
    left: dict[str, PersonRow],
    email: EventEmail,
    audiences: Mapping[Audience, Sequence[str]],
    approvals: Iterable[ApprovalRow],
) -> Iterator[_Chosen]:
    """The recipients of an email, who are then no longer `left`: approvers with a link get it if they are asked."""
    pending = {approval.approver_id: approval for approval in approvals if approval.state == "pending"}
    for person_id in dict.fromkeys(person_id for audience in email.to for person_id in audiences[audience]):
        if person_id in left and not (email.link and person_id not in pending):
            yield _Chosen(email=email, person=left.pop(person_id), approval=pending[person_id] if email.link else None)


async def enqueue_new_link(session: Session, approval: ApprovalRow, *, at: datetime) -> bool:
    """Email a new link to the approver's registered address.

    False if the approver is no longer active or got one within NEW_LINK_INTERVAL; nothing is sent then.
    """
    ref = OrderRef(tenant=approval.tenant, id=approval.order_id)
    await lock_order(session, ref)
    context = await email_context.load(session, ref)
    if approval.approver_id not in context.people:
        return False
    chosen = _Chosen(email=NEW_LINK, person=context.people[approval.approver_id], approval=approval)
    row = _row(context.order, context.order.seq, chosen, at)
    if not await email_queue.renew(session, row, unless_since=at - NEW_LINK_INTERVAL):
        return False
    await _create_link(session, context, approval, row)
    return True


async def _enqueue(
    session: Session, context: EmailContext, rows: Sequence[NotificationRow], chosen: Sequence[_Chosen]
) -> None:
    new = await email_queue.add(session, rows) if rows else set()
    for row, one in zip(rows, chosen, strict=True):
        if row.id in new and one.approval is not None:
            await _create_link(session, context, one.approval, row)


def _row(order: OrderRow, seq: int, chosen: _Chosen, at: datetime) -> NotificationRow:
    return NotificationRow(
        id=new_id(),
        tenant=order.tenant,
        order_id=order.id,
        seq=seq,
        event=chosen.email.name,
        recipient_id=chosen.person.id,
        address=chosen.person.email,
        link_id=new_id() if chosen.email.link else None,
        created_at=at,
    )


async def _create_link(session: Session, context: EmailContext, approval: ApprovalRow, row: NotificationRow) -> None:
    assert row.link_id is not None
    await create_link(
        session,
        approval,
        link_id=row.link_id,
        content=content_hash(context.order, context.items),
        expires_at=link_expiry(context.policy, row.created_at, approval.due_at),
        at=row.created_at,
    )


async def _found_by_query(
    session: Session, order: Order, event: OrderEvent, audiences: Collection[Audience]
) -> dict[Audience, list[str]]:
    """Those of these audiences that the event and the order don't name."""
    found = dict[Audience, list[str]]()
    if Audience.ADMINS in audiences:
        found[Audience.ADMINS] = await lookup.ids_with_role(session, order.tenant, Role.ADMIN)
    if Audience.OWNERS in audiences:
        found[Audience.OWNERS] = await _owners(session, order, event)
    if Audience.ASSIGNEES in audiences:
        found[Audience.ASSIGNEES] = await _assignees(session, order, event)
    return found


async def _owners(session: Session, order: Order, event: OrderEvent) -> list[str]:
    """The owners of the account that the event is about. A line can be in another one than when it was ordered for."""
    account_id = dict(event.data).get("account_id") or (await order_rows.row_of(session, order.ref)).account_id
    return [owner.id for owner in await lookup.account_owners(session, order.tenant, account_id)]


async def _assignees(session: Session, order: Order, event: OrderEvent) -> list[str]:
    """Those who can do the task that the event opened; nobody if one was open already."""
    task = await tasks.opened_by(session, order.ref, event.seq)
    if task is None:
        return []
    if task.role is not None:
        return await lookup.ids_with_role(session, order.tenant, Role(task.role), Role.ADMIN)
    return [task.person_id] if task.person_id else []


def _from_event(event: OrderEvent) -> dict[Audience, list[str]]:
    data = dict(event.data)
    return {
        Audience.SENDER: [event.actor.id],
        Audience.NEW_APPROVER: [data["to"]["person_id"]] if "to" in data else [],
        Audience.FORMER_APPROVER: [data["from_id"]] if "from_id" in data else [],
        Audience.HOLDER: data.get("holder_ids", []),
        Audience.NOTIFIED: [*data.get("notified", {})],
        Audience.ASKED: [data["asked_id"]] if "asked_id" in data else [],
    }


def _from_context(context: EmailContext) -> dict[Audience, list[str]]:
    approvals, order = context.approvals, context.order
    latest = max(((approval.round, approval.stage) for approval in approvals), default=None)
    return {
        Audience.REQUESTER: [order.requester_id],
        Audience.WATCHERS: order.watchers,
        Audience.BENEFICIARY: [context.represented_by],
        Audience.PENDING_APPROVERS: [approval.approver_id for approval in approvals if approval.state == "pending"],
        Audience.EARLIER_APPROVERS: [approval.approver_id for approval in approvals if approval.state == "approved"],
        Audience.LAST_ASKED: [
            approval.approver_id
            for approval in approvals
            if (approval.round, approval.stage) == latest and approval.state in {"superseded", "expired"}
        ],
    }
