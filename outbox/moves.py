"""What follows when a person gets another manager, department or cost center."""

from dataclasses import dataclass
from datetime import datetime

from models.audit import AuditActor
from models.db.accounts import account_tree
from models.db.approvals import approval_requests
from models.db.approvals.approval_requests import PendingRequest
from models.db.facts.base import for_order
from models.db.inventory import held
from models.db.order_lock import lock_order
from models.db.orders import order_rows
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.lifecycle import Action
from models.order import OrderRef
from models.order_messages import Reassignment
from notifications.account_emails import AccountEmail, enqueue_account_email
from outbox.approver_monitor import find_successor
from policies import approval


@dataclass(frozen=True, kw_only=True)
class PersonPlace:
    """Where a person is in the company."""

    manager_id: str | None
    account_id: str | None
    cost_center: str | None

    @classmethod
    def of(cls, row: PersonRow) -> "PersonPlace":
        return cls(manager_id=row.manager_id, account_id=row.account_id, cost_center=row.cost_center)


async def follow(session: Session, person: PersonRow, before: PersonPlace, *, by: AuditActor, at: datetime) -> None:
    """Charge the lines that were charged to the cost center before, ask the new manager, and tell the owners.

    `person` is locked, and where they are now.
    """
    after = PersonPlace.of(person)
    if before.cost_center and after.cost_center and before.cost_center != after.cost_center:
        await held.charge_lines(session, person.tenant, person.id, before.cost_center, to=after.cost_center)
    if before.manager_id and before.manager_id != after.manager_id:
        for pending in await approval_requests.pending_for(session, person.tenant, before.manager_id):
            if pending.order.beneficiary_id == person.id:
                await _ask_another(session, pending, before.manager_id, person, by)
    if before.account_id != after.account_id:
        await _tell_owners(session, person, before, at)


async def _ask_another(
    session: Session, pending: PendingRequest, manager_id: str, person: PersonRow, by: AuditActor
) -> None:
    """Who decides by the facts of today is asked in place of the former manager, unless that one has just decided."""
    found, ref = pending.approval, OrderRef(tenant=pending.order.tenant, id=pending.order.id)
    order = await lock_order(session, ref)
    of_order = await approval_requests.approvals_of(session, order)
    if found.state != "pending":  # as `approvals_of` has refreshed it
        return
    stage = [row for row in of_order if (row.round, row.stage) == (found.round, found.stage)]
    today = await for_order(session, order, await order_rows.items_of(session, ref), needs=())
    planned = approval.successors(today, found.label)
    to = find_successor(today, order, stage, found)
    if to is None or planned[0].person_id == manager_id:
        return
    reason = f"{person.name} has another manager."
    payload = Reassignment(action_id=new_id(), actor=by.in_history, from_id=manager_id, to=to, reason=reason)
    message = Message(
        action_id=payload.action_id, ref=ref, kind=MessageKind.UPDATE, name=Action.REASSIGN, payload=payload
    )
    await enqueue(session, message, notify_relay=True)


async def _tell_owners(session: Session, person: PersonRow, before: PersonPlace, at: datetime) -> None:
    """Those of both departments."""
    ids = [one for one in (before.account_id, person.account_id) if one]
    names = {key: row.name for key, row in (await account_tree.by_ids(session, person.tenant, ids)).items()}
    owners = {one.id for account in ids for one in await lookup.account_owners(session, person.tenant, account)}
    for owner in (await lookup.rows_by_id(session, person.tenant, owners - {person.id})).values():
        await enqueue_account_email(
            session,
            AccountEmail.PERSON_MOVED,
            owner,
            at=at,
            mover=person.name,
            left=names.get(before.account_id or ""),
            joined=names.get(person.account_id or ""),
            cost_center=person.cost_center,
        )
