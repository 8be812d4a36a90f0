"""Changes of attestations with their events in the history of the order. None of them moves the order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import formatting, questions
from models.attestation import AttestationChannel, AttestationState
from models.business_hours import add_business_days
from models.db.accounts import account_tree
from models.db.attestations import attestations, consent_texts
from models.db.attestations.tables import AttestationRow
from models.db.catalog import policy_versions
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.event import Event
from models.events.attestation import (
    ATTESTATION_DROPPED,
    ATTESTATION_GIVEN,
    ATTESTATION_MISSING,
    ATTESTATION_NEEDED,
    ATTESTATION_REMINDER,
)
from models.facts import Policy
from models.lifecycle import CAME_TO_NOTHING
from models.order import SYSTEM, Actor, Order, OrderEvent, OrderRef

Appended = tuple[Order, OrderEvent]


@dataclass(frozen=True, kw_only=True)
class _Locked:
    """An attestation with its order, both locked, and the name of its person."""

    order: OrderRow
    row: AttestationRow
    name: str
    is_moot: bool

    @property
    def agrees_to(self) -> str:
        return questions.find(self.row.question).agrees_to

    @property
    def version(self) -> str:
        return f" (version {self.row.version})" if self.row.version else ""


async def accept(
    session: Session, found: AttestationRow, *, actor: Actor, channel: AttestationChannel, at: datetime
) -> bool:
    """The person whose attestation it is gives it; False if they aren't asked anymore."""
    locked = await _lock(session, found)
    row, task = locked.row, locked.row.task
    if row.state != AttestationState.ASKED:
        return False
    attestations.give(row, at=at, channel=channel, by=actor.id)
    detail = f"{locked.name} accepted {locked.agrees_to}{locked.version}."
    await _append(session, locked, ATTESTATION_GIVEN, actor=actor, at=at, detail=detail, task=task)
    return True


async def follow_up(session: Session, found: AttestationRow, at: datetime) -> Appended | None:
    """Do what is due: drop it, ask, remind, or open a task. Returns the event, None if nothing is due anymore."""
    locked = await _lock(session, found)
    row = locked.row
    if row.state not in {AttestationState.WAITING, AttestationState.ASKED}:
        return None
    if locked.is_moot:
        return await _drop(session, locked, at)
    policy = await policy_versions.newest(session, row.tenant)
    if row.state == AttestationState.WAITING:
        return await _ask(session, locked, policy, at)
    if row.next_at is None or row.next_at > at:
        return None
    if row.reminders < len(policy.attestation_reminder_days):
        return await _remind(session, locked, policy, at)
    return await _open_task(session, locked, policy, at)


async def _lock(session: Session, found: AttestationRow) -> _Locked:
    order = await lock_order(session, OrderRef(tenant=found.tenant, id=found.order_id))
    row, name, is_moot = await attestations.lock(session, found)
    return _Locked(order=order, row=row, name=name, is_moot=is_moot)


async def _drop(session: Session, locked: _Locked, at: datetime) -> Appended | None:
    """The history says it of a person who has left; of an order that came to nothing, its end says enough."""
    row, task = locked.row, locked.row.task
    row.state, row.next_at, row.task = AttestationState.DROPPED, None, None
    if locked.order.status in CAME_TO_NOTHING:
        return None
    detail = f"{locked.name} is no longer active and doesn't have to accept {locked.agrees_to}."
    return await _append(session, locked, ATTESTATION_DROPPED, at=at, detail=detail, task=task)


async def _ask(session: Session, locked: _Locked, policy: Policy, at: datetime) -> Appended:
    """Ask for the newest version, unless the person has accepted it for another order. Without a text, always ask."""
    row = locked.row
    accepted = await attestations.accepted_by(session, row.tenant, row.person_id, [row.question])
    if row.question in accepted:
        before = accepted[row.question]
        attestations.give_again(row, before)
        on = formatting.date_time(before.at, policy.time_zone)
        detail = f"{locked.name} accepted {locked.agrees_to}{locked.version} on {on}, for another order."
        return await _append(session, locked, ATTESTATION_GIVEN, at=at, detail=detail)
    text = await consent_texts.find(session, row.tenant, row.question, None)
    row.version = text.version if text else 0
    row.state, row.asked_at, row.reminders = AttestationState.ASKED, at, 0
    row.next_at = _next_at(row, policy)
    detail = f"We asked {locked.name} to accept {locked.agrees_to}{locked.version}."
    return await _append(session, locked, ATTESTATION_NEEDED, at=at, detail=detail, asked_id=row.person_id)


async def _remind(session: Session, locked: _Locked, policy: Policy, at: datetime) -> Appended:
    row = locked.row
    row.reminders += 1
    row.next_at = _next_at(row, policy)
    detail = f"We reminded {locked.name} to accept {locked.agrees_to}."
    return await _append(session, locked, ATTESTATION_REMINDER, at=at, detail=detail, asked_id=row.person_id)


async def _open_task(session: Session, locked: _Locked, policy: Policy, at: datetime) -> Appended:
    """A task of the nearest account owner who is someone else; of the admins if there is none."""
    row = locked.row
    assert row.asked_at is not None
    owners = await account_tree.nearest_owners(session, row.tenant, locked.order.account_id)
    data: dict[str, Any] = {
        "thing": f"{row.order_id}:{row.question}",
        "person_id": next((owner for owner in owners if owner != row.person_id), None),
        "detail": f"{locked.name} hasn't accepted {locked.agrees_to}.",
        "reminders": row.reminders,
        "asked_on": formatting.date_time(row.asked_at, policy.time_zone),
    }
    order, event = await _append(session, locked, ATTESTATION_MISSING, at=at, **data)
    row.next_at, row.task = None, event.seq
    return order, event


def _next_at(row: AttestationRow, policy: Policy) -> datetime:
    """When the next reminder is due, or after the last one the task."""
    assert row.asked_at is not None
    days = (*policy.attestation_reminder_days, policy.attestation_overdue_days)
    return add_business_days(policy, row.asked_at, days[min(row.reminders, len(days) - 1)])


async def _append(
    session: Session, locked: _Locked, event: Event, *, at: datetime, actor: Actor = SYSTEM, **data: Any
) -> Appended:
    row = locked.row
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    known = {"attestation": row.question, "agrees_to": locked.agrees_to, "name": locked.name}
    return await append_outside(session, ref, event, actor=actor, at=at, data=known | data)
