"""Who is asked to decide an order: projected from its history, read by inboxes and approval pages."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.approvals.approval_links import revoke_links
from models.db.approvals.tables import ApprovalRow
from models.db.orders.tables import OrderRow
from models.db.session import Session, new_id
from models.lifecycle import Event
from models.order import Order, OrderEvent

Data = Mapping[str, Any]
Projection = Callable[[Session, Order, OrderEvent, Data], Awaitable[None]]
Stage = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class _Ask:
    """What one stage of one round asks."""

    stage: Stage
    label: str
    why: str
    due_at: datetime


async def project(session: Session, order: Order, entry: OrderEvent) -> None:
    """Let the approvals follow what an entry says; repeating it changes nothing."""
    follow = _PROJECTIONS.get(entry.event)
    if follow is not None:
        await follow(session, order, entry, dict(entry.data))
    if entry.status.final:
        await _settle(session, order, entry, state="superseded")
        await revoke_links(session, order.tenant, order.id, reason=_said(entry))


async def pending_for(session: Session, tenant: str, person_id: str) -> list[tuple[ApprovalRow, OrderRow]]:
    """A person's inbox: what waits for this person's decision, the most urgent first."""
    rows = await session.exec(
        select(ApprovalRow, OrderRow)
        .join(
            OrderRow,
            (col(OrderRow.tenant) == col(ApprovalRow.tenant)) & (col(OrderRow.id) == col(ApprovalRow.order_id)),
        )
        .where(
            col(ApprovalRow.tenant) == tenant,
            col(ApprovalRow.approver_id) == person_id,
            col(ApprovalRow.state) == "pending",
        )
        .order_by(col(ApprovalRow.due_at), col(ApprovalRow.id))
    )
    return list(rows.all())


async def find_approval(session: Session, tenant: str, approval_id: str) -> ApprovalRow | None:
    """One approval by its id."""
    return await session.get(ApprovalRow, (tenant, approval_id))


async def approvals_of(session: Session, order: Order) -> list[ApprovalRow]:
    """Everyone who was ever asked about an order, oldest first, read anew."""
    found = await session.exec(
        select(ApprovalRow)
        .where(col(ApprovalRow.tenant) == order.tenant, col(ApprovalRow.order_id) == order.id)
        .order_by(col(ApprovalRow.id))
        .execution_options(populate_existing=True)
    )
    return list(found.all())


async def _ask(session: Session, order: Order, entry: OrderEvent, data: Data) -> None:
    ask = _Ask(
        stage=_stage(data),
        label=data["label"],
        why=data["why"],
        due_at=datetime.fromisoformat(str(data["expiry"])),
    )
    await _add(session, order, entry, data["approvers"], ask)


async def _ask_more(session: Session, order: Order, entry: OrderEvent, data: Data) -> None:
    await _add_beside(session, order, entry, data["approvers"], _stage(data))


async def _hand_over(session: Session, order: Order, entry: OrderEvent, data: Data) -> None:
    where = _stage(data)
    await _add_beside(session, order, entry, [data["to"]], where)
    await _settle(session, order, entry, state="superseded", stage=where, approver_id=data["from_id"])
    reason = f"the request was handed to {data['to']['name']}"
    await revoke_links(session, order.tenant, order.id, reason=reason, approver_id=data["from_id"], stage=where)


async def _set_aside(session: Session, order: Order, entry: OrderEvent, _data: Data) -> None:
    await _settle(session, order, entry, state="superseded")
    reason = f"{entry.actor.name} asked a question; you get a new link when it is answered"
    await revoke_links(session, order.tenant, order.id, reason=reason)


async def _approve(session: Session, order: Order, entry: OrderEvent, data: Data) -> None:
    where, approver_id = _stage(data), data["approver_id"]
    await _settle(session, order, entry, state="approved", stage=where, approver_id=approver_id, decided=data)
    done = bool(data.get("stage_done"))
    if done:
        await _settle(session, order, entry, state="superseded", stage=where)
    await revoke_links(
        session, order.tenant, order.id, reason=_said(entry), approver_id=None if done else approver_id, stage=where
    )


async def _reject(session: Session, order: Order, entry: OrderEvent, data: Data) -> None:
    if data.get("approver_id"):
        where = _stage(data)
        await _settle(
            session, order, entry, state="rejected", stage=where, approver_id=data["approver_id"], decided=data
        )


async def _expire(session: Session, order: Order, entry: OrderEvent, _data: Data) -> None:
    await _settle(session, order, entry, state="expired")


_PROJECTIONS: Mapping[Event, Projection] = MappingProxyType(
    {
        Event.APPROVAL_NEEDED: _ask,
        Event.ESCALATED: _ask_more,
        Event.REASSIGNED: _hand_over,
        Event.INFO_REQUESTED: _set_aside,
        Event.APPROVED_BY: _approve,
        Event.REJECTED: _reject,
        Event.EXPIRED: _expire,
    }
)

_SAID: Mapping[Event, str] = MappingProxyType(
    {
        Event.APPROVED_BY: "{name} has approved the request",
        Event.REJECTED: "{name} has rejected the request",
        Event.EXPIRED: "the request expired without a decision",
        Event.WITHDRAWN: "the order was withdrawn",
        Event.CANCELED: "the order was canceled",
    }
)


def _stage(data: Data) -> Stage:
    return data["round"], data["stage"]


def _said(entry: OrderEvent) -> str:
    return _SAID.get(entry.event, "the order has ended").format(name=entry.actor.name)


async def _add_beside(session: Session, order: Order, entry: OrderEvent, people: list[Data], stage: Stage) -> None:
    """Ask more people the same thing as those who are asked already."""
    asked = await session.exec(
        select(ApprovalRow).where(
            col(ApprovalRow.tenant) == order.tenant,
            col(ApprovalRow.order_id) == order.id,
            col(ApprovalRow.round) == stage[0],
            col(ApprovalRow.stage) == stage[1],
        )
    )
    first = asked.first()
    if first is not None:
        ask = _Ask(stage=stage, label=first.label, why=first.why, due_at=first.due_at)
        await _add(session, order, entry, people, ask)


async def _add(session: Session, order: Order, entry: OrderEvent, people: list[Data], ask: _Ask) -> None:
    rows = [
        {
            "tenant": order.tenant,
            "id": new_id(),
            "order_id": order.id,
            "round": ask.stage[0],
            "stage": ask.stage[1],
            "label": ask.label,
            "why": ask.why,
            "approver_id": person["person_id"],
            "state": "pending",
            "requested_at": entry.at,
            "due_at": ask.due_at,
        }
        for person in people
    ]
    if rows:
        added = insert(ApprovalRow).values(rows)
        asked_again = {name: added.excluded[name] for name in ("state", "requested_at", "due_at")}
        await session.exec(
            added.on_conflict_do_update(
                index_elements=["tenant", "order_id", "round", "stage", "approver_id"],
                set_=asked_again,
                where=col(ApprovalRow.state) == "superseded",
            )
        )


async def _settle(
    session: Session,
    order: Order,
    entry: OrderEvent,
    *,
    state: str,
    stage: Stage | None = None,
    approver_id: str | None = None,
    decided: Data | None = None,
) -> None:
    """Move pending approvals (all of the order, or of a stage, or one person's) to `state`."""
    which = [
        col(ApprovalRow.tenant) == order.tenant,
        col(ApprovalRow.order_id) == order.id,
        col(ApprovalRow.state) == "pending",
    ]
    if stage is not None:
        which += [col(ApprovalRow.round) == stage[0], col(ApprovalRow.stage) == stage[1]]
    if approver_id is not None:
        which.append(col(ApprovalRow.approver_id) == approver_id)
    values: dict[str, Any] = {"state": state}
    if decided is not None:
        values |= {
            "decided_at": entry.at,
            "decided_by": entry.actor.id,
            "decided_by_name": entry.actor.name,
            "channel": entry.actor.channel,
            "comment": decided.get("comment") or decided.get("reason"),
        }
    await session.exec(update(ApprovalRow).where(*which).values(values))
