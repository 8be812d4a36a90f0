"""Stores the emails of an event in the transaction that records it; the relay sends them after the commit."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.db.approvals import approval_requests
from models.db.approvals.approval_links import content_hash, create_link
from models.db.approvals.tables import ApprovalRow
from models.db.catalog import policy_versions
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
_FROM_APPROVALS = frozenset(
    {Audience.PENDING_APPROVERS, Audience.NEW_APPROVER, Audience.EARLIER_APPROVERS, Audience.LAST_ASKED}
)


@dataclass(frozen=True, kw_only=True)
class _Context:
    """An order after an event: the emails its company switched off, its pending approvals by approver, its people."""

    order: OrderRow
    switched_off: frozenset[str]
    pending: Mapping[str, ApprovalRow]
    audiences: Mapping[Audience, list[str]]

    def ids(self, audiences: Iterable[Audience]) -> list[str]:
        """The IDs of the people in these audiences, each once."""
        return list(dict.fromkeys(person for audience in audiences for person in self.audiences[audience]))


async def enqueue_emails(session: Session, order: Order, event: OrderEvent) -> None:
    """Store the emails of an event, at most one per person, but for those that the company has switched off."""
    emails = event_of(event.event).emails
    if not emails:
        return
    context = await _read_context(session, order, event, {audience for email in emails for audience in email.to})
    enabled = [email for email in emails if not email.has_switch or email.name not in context.switched_off]
    ids = {email.name: context.ids(email.to) for email in enabled}
    people = await lookup.active_rows_by_id(session, order.tenant, {person for to in ids.values() for person in to})
    for email in enabled:
        for person_id in ids[email.name]:
            if person_id in people and not (email.link and person_id not in context.pending):
                await _enqueue(session, context, event, email, people.pop(person_id))


async def enqueue_new_link(session: Session, approval: ApprovalRow, *, at: datetime) -> bool:
    """Email a new link to the approver's registered address.

    False if the approver is no longer active or got one within NEW_LINK_INTERVAL; nothing is sent then.
    """
    order = await lock_order(session, OrderRef(tenant=approval.tenant, id=approval.order_id))
    people = await lookup.active_rows_by_id(session, approval.tenant, [approval.approver_id])
    if approval.approver_id not in people:
        return False
    row = _row(order, order.seq, NEW_LINK, people[approval.approver_id], at)
    if not await email_queue.renew(session, row, unless_since=at - NEW_LINK_INTERVAL):
        return False
    await _create_link(session, order, approval, row)
    return True


async def _enqueue(
    session: Session, context: _Context, event: OrderEvent, email: EventEmail, person: PersonRow
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
    )


async def _create_link(session: Session, order: OrderRow, approval: ApprovalRow, row: NotificationRow) -> None:
    assert row.link_id is not None
    policy = await policy_versions.newest(session, order.tenant)
    items = await order_rows.items_of(session, OrderRef(tenant=order.tenant, id=order.id))
    await create_link(
        session,
        approval,
        link_id=row.link_id,
        content=content_hash(order, items),
        expires_at=link_expiry(policy, row.created_at, approval.due_at),
        at=row.created_at,
    )


async def _read_context(session: Session, order: Order, event: OrderEvent, audiences: Collection[Audience]) -> _Context:
    """Read what these audiences need, in the transaction that recorded the event."""
    row, represented_by, switched_off = await order_rows.row_for_emails(session, order.ref)
    approvals = [] if _FROM_APPROVALS.isdisjoint(audiences) else await approval_requests.approvals_of(session, order)
    admins = await lookup.ids_with_role(session, order.tenant, Role.ADMIN) if Audience.ADMINS in audiences else []
    owners = await _owners(session, row, event) if Audience.OWNERS in audiences else []
    assignees = await _assignees(session, order, event) if Audience.ASSIGNEES in audiences else []
    return _Context(
        order=row,
        switched_off=frozenset(switched_off),
        pending={approval.approver_id: approval for approval in approvals if approval.state == "pending"},
        audiences={
            **_from_order(row, event),
            **_from_approvals(approvals),
            Audience.BENEFICIARY: [represented_by],
            Audience.ADMINS: admins,
            Audience.OWNERS: owners,
            Audience.ASSIGNEES: assignees,
        },
    )


async def _owners(session: Session, row: OrderRow, event: OrderEvent) -> list[str]:
    """The owners of the account that the event is about. A line can be in another one than when it was ordered for."""
    account_id = dict(event.data).get("account_id") or row.account_id
    return [owner.id for owner in await lookup.account_owners(session, row.tenant, account_id)]


async def _assignees(session: Session, order: Order, event: OrderEvent) -> list[str]:
    """Those who can do the task that the event opened; nobody if one was open already."""
    task = await tasks.opened_by(session, order.ref, event.seq)
    if task is None:
        return []
    if task.role is not None:
        return await lookup.ids_with_role(session, order.tenant, Role(task.role), Role.ADMIN)
    return [task.person_id] if task.person_id else []


def _from_order(row: OrderRow, event: OrderEvent) -> dict[Audience, list[str]]:
    data = dict(event.data)
    return {
        Audience.REQUESTER: [row.requester_id],
        Audience.WATCHERS: row.watchers,
        Audience.SENDER: [event.actor.id],
        Audience.NEW_APPROVER: [data["to"]["person_id"]] if "to" in data else [],
        Audience.FORMER_APPROVER: [data["from_id"]] if "from_id" in data else [],
        Audience.HOLDER: data.get("holder_ids", []),
        Audience.NOTIFIED: [*data.get("notified", {})],
        Audience.ASKED: [data["asked_id"]] if "asked_id" in data else [],
    }


def _from_approvals(approvals: list[ApprovalRow]) -> dict[Audience, list[str]]:
    latest = max(((approval.round, approval.stage) for approval in approvals), default=None)
    return {
        Audience.PENDING_APPROVERS: [approval.approver_id for approval in approvals if approval.state == "pending"],
        Audience.EARLIER_APPROVERS: [approval.approver_id for approval in approvals if approval.state == "approved"],
        Audience.LAST_ASKED: [
            approval.approver_id
            for approval in approvals
            if (approval.round, approval.stage) == latest and approval.state in {"superseded", "expired"}
        ],
    }
