"""What follows when people get another manager, department or cost center."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from models.audit import AuditActor
from models.db.accounts import account_tree, cost_centers
from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.facts.base import for_order
from models.db.inventory import held
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.orders import open_orders, order_rows, order_values
from models.db.orders.tables import OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, new_id
from models.events.approval import COST_CENTER_CHANGED
from models.lifecycle import BEFORE_APPROVAL, Action, Status
from models.order import OrderRef
from models.order_messages import Reassignment
from notifications.account_emails import AccountEmail, enqueue_account_emails
from outbox.approver_monitor import find_successor
from policies import approval, eligibility


@dataclass(frozen=True, kw_only=True)
class PersonPlace:
    """Where a person is in the company."""

    manager_id: str | None
    account_id: str | None
    cost_center: str | None

    @classmethod
    def of(cls, row: PersonRow) -> "PersonPlace":
        return cls(manager_id=row.manager_id, account_id=row.account_id, cost_center=row.cost_center)


@dataclass(frozen=True, kw_only=True)
class Move:
    """A person, who is locked and where they are now, and where they were before."""

    person: PersonRow
    before: PersonPlace

    @property
    def centers(self) -> tuple[str, str] | None:
        """The former cost center and the present one, if both are known and differ."""
        before, after = self.before.cost_center, self.person.cost_center
        return (before, after) if before and after and before != after else None

    @property
    def has_other_manager(self) -> bool:
        return self.before.manager_id != self.person.manager_id


async def follow(session: Session, tenant: str, moves: Sequence[Move], *, by: AuditActor, at: datetime) -> None:
    """Charge what was charged to the former cost centers to the present ones, ask who decides now, and tell the owners.

    Lines and open orders follow. It takes as many statements for many people as for one, and more only for each of
    these orders.
    """
    charged = {one.person.id: centers for one in moves if (centers := one.centers)}
    if charged:
        await held.charge_lines(session, tenant, charged)
    await _update_orders(session, tenant, [one for one in moves if one.centers or one.has_other_manager], by, at)
    await _ask_others(session, tenant, moves, by)
    await _tell_owners(session, tenant, [one for one in moves if one.before.account_id != one.person.account_id], at)


async def _update_orders(session: Session, tenant: str, moves: Collection[Move], by: AuditActor, at: datetime) -> None:
    """Charge them to the present cost centers, and plan the approvals again that are not asked for yet."""
    by_person = {one.person.id: one for one in moves}
    for found in await open_orders.for_people(session, tenant, by_person) if by_person else ():
        ref, move = OrderRef(tenant=tenant, id=found.id), by_person[str(found.beneficiary_id)]
        row = await lock_order(session, ref)
        if row.closed_at is None:
            await _charge(session, row, move, by, at)
        if Status(row.status) in BEFORE_APPROVAL:
            await _plan_again(session, ref)


async def _charge(session: Session, row: OrderRow, move: Move, by: AuditActor, at: datetime) -> None:
    """What was chosen otherwise stays, as do one-time charges that are approved."""
    if not move.centers:
        return
    is_approved = Status(row.status) not in BEFORE_APPROVAL
    ref, (former, to) = OrderRef(tenant=row.tenant, id=row.id), move.centers
    columns = {"cost_center_recurring"} if is_approved else {"cost_center_one_time", "cost_center_recurring"}
    charged = [column for column in columns if getattr(row, column) == former]
    if not charged:
        return
    await order_rows.charge(session, ref, dict.fromkeys(charged, to))
    changed = "Monthly cost center" if is_approved else "Cost center"
    data = {"detail": f"{changed} changed from {former} to {to} because {move.person.name} moved."}
    await append_outside(session, ref, COST_CENTER_CHANGED, actor=by.in_history, at=at, data=data)


async def _plan_again(session: Session, ref: OrderRef) -> None:
    """Have those asked in the stages to come who decide by the facts of today."""
    row, items = await order_values.load_rows(session, ref)
    ruling, asked = order_values.ruling_of(row), await approval_requests.approvals_of(session, row)
    _, reached = max(((one.round, one.stage) for one in asked), default=(0, 0))
    if all(stage.number <= reached for stage in ruling.plan):
        return
    today = await for_order(session, row, items, needs=eligibility.needs_again(order_values.type_of(row)))
    plan = approval.planned_again(today, ruling.plan, after=reached)
    if plan != ruling.plan:
        await order_rows.reprice(session, ref, replace(ruling, plan=plan), {})


async def _ask_others(session: Session, tenant: str, moves: Sequence[Move], by: AuditActor) -> None:
    """Those who decide by the facts of today, in place of the former managers and owners of former cost centers."""
    charged = {one.person.id: centers for one in moves if (centers := one.centers)}
    owners = await cost_centers.owners(session, tenant, {former for former, _ in charged.values()}) if charged else {}
    asked = {one.person.id: _asked_before(one, owners) for one in moves}
    approvers = {approver for several in asked.values() for approver in several}
    if not approvers:
        return
    names = {one.person.id: one.person.name for one in moves}
    for found, order in await approval_requests.pending_between(session, tenant, approvers, asked):
        reason = asked[str(order.beneficiary_id)].get(found.approver_id)
        if reason:
            await _ask_another(session, found, f"{names[str(order.beneficiary_id)]} {reason}", by)


def _asked_before(move: Move, owners: dict[str, str | None]) -> dict[str, str]:
    """Who decided by the former place of a person, by id, and why someone else does now."""
    found = {}
    owner_id = owners.get(move.centers[0]) if move.centers else None
    if owner_id:
        found[owner_id] = "has another cost center."
    if move.before.manager_id and move.has_other_manager:
        found[move.before.manager_id] = "has another manager."
    return found


async def _ask_another(session: Session, found: ApprovalRow, reason: str, by: AuditActor) -> None:
    """Unless the approver has just decided, or is still the one to ask."""
    ref = OrderRef(tenant=found.tenant, id=found.order_id)
    order = await lock_order(session, ref)
    of_order = await approval_requests.approvals_of(session, order)
    if not any(row.id == found.id and row.state == "pending" for row in of_order):
        return
    stage = [row for row in of_order if (row.round, row.stage) == (found.round, found.stage)]
    today = await for_order(session, order, await order_rows.items_of(session, ref), needs=())
    to = find_successor(today, order, stage, found)
    if to is None or found.approver_id in approval.planned(today, found.label):
        return
    payload = Reassignment(action_id=new_id(), actor=by.in_history, from_id=found.approver_id, to=to, reason=reason)
    message = Message(
        action_id=payload.action_id, ref=ref, kind=MessageKind.UPDATE, name=Action.REASSIGN, payload=payload
    )
    await enqueue(session, message, notify_relay=True)


async def _tell_owners(session: Session, tenant: str, moves: Collection[Move], at: datetime) -> None:
    """Those of both departments."""
    both = {one.person.id: [one.before.account_id, one.person.account_id] for one in moves}
    ids = {account_id for several in both.values() for account_id in several if account_id}
    if not ids:
        return
    names = {key: row.name for key, row in (await account_tree.by_ids(session, tenant, ids)).items()}
    owners = await account_tree.owner_ids(session, tenant, ids)
    rows = await lookup.rows_by_id(session, tenant, {owner for several in owners.values() for owner in several})
    emails: list[tuple[PersonRow, dict[str, str | None]]] = []
    for one in moves:
        data = {
            "mover": one.person.name,
            "left": names.get(one.before.account_id or ""),
            "joined": names.get(one.person.account_id or ""),
            "cost_center": one.person.cost_center,
        }
        told = {owner for account_id in both[one.person.id] for owner in owners.get(account_id or "", ())}
        emails += [(rows[owner], data) for owner in sorted(told - {one.person.id})]
    await enqueue_account_emails(session, AccountEmail.PERSON_MOVED, emails, at=at)
