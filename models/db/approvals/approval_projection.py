"""Approvals and their links, updated from the events of an order."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.approvals.approval_links import requests_of, revoke_links
from models.db.approvals.tables import ApprovalRow
from models.db.session import Session, new_id
from models.event import event_of
from models.events.approval import (
    APPROVAL_NEEDED,
    APPROVED_BY,
    ESCALATED,
    EXPIRED,
    INFO_REQUESTED,
    REASSIGNED,
    REJECTED,
)
from models.order import Order, OrderEvent
from models.step import Approve

Data = Mapping[str, Any]
StageKey = tuple[int, int]
_Handler = Callable[[Session, Order, OrderEvent, Data], Awaitable[None]]


async def project(session: Session, order: Order, event: OrderEvent) -> None:
    """Update approvals and links from one event. Idempotent."""
    handle = _HANDLERS.get(event.event)
    if handle is not None:
        await handle(session, order, event, dict(event.data))
    if event.status.final and order.type.has(Approve):
        await _close(session, order, event, state="superseded")
        await revoke_links(session, order.ref, reason=_reason(event))


async def _request(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    due_at = datetime.fromisoformat(str(data["expiry"]))
    await _add(session, order, event, data["approvers"], {**data, "due_at": due_at})


async def _escalate(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    await _add_to_stage(session, order, event, data["approvers"], _stage(data))


async def _reassign(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    stage, from_id, to = _stage(data), data["from_id"], data["to"]
    await _add_to_stage(session, order, event, [to], stage)
    await _close(session, order, event, state="superseded", stage=stage, approver_id=from_id)
    reason = f"the request was reassigned to {to['name']}"
    await revoke_links(session, order.ref, reason=reason, approver_id=from_id, stage=stage)


async def _request_info(session: Session, order: Order, event: OrderEvent, _data: Data) -> None:
    await _close(session, order, event, state="superseded")
    reason = f"{event.actor.name} asked a question; you'll get a new link with the answer"
    await revoke_links(session, order.ref, reason=reason)


async def _approve(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    stage, approver_id = _stage(data), data["approver_id"]
    await _close(session, order, event, state="approved", stage=stage, approver_id=approver_id, decision=data)
    if data.get("stage_done"):
        approver_id = None
        await _close(session, order, event, state="superseded", stage=stage)
    await revoke_links(session, order.ref, reason=_reason(event), approver_id=approver_id, stage=stage)


async def _reject(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    approver_id = data.get("approver_id")
    if approver_id:
        stage = _stage(data)
        await _close(session, order, event, state="rejected", stage=stage, approver_id=approver_id, decision=data)


async def _expire(session: Session, order: Order, event: OrderEvent, _data: Data) -> None:
    await _close(session, order, event, state="expired")


_HANDLERS: Mapping[str, _Handler] = MappingProxyType(
    {
        APPROVAL_NEEDED.code: _request,
        ESCALATED.code: _escalate,
        REASSIGNED.code: _reassign,
        INFO_REQUESTED.code: _request_info,
        APPROVED_BY.code: _approve,
        REJECTED.code: _reject,
        EXPIRED.code: _expire,
    }
)


def _reason(event: OrderEvent) -> str:
    """Completes the sentence "This link no longer works: …"."""
    return event_of(event.event).ends_links.format(name=event.actor.name)


def _stage(data: Data) -> StageKey:
    return data["round"], data["stage"]


async def _add_to_stage(
    session: Session, order: Order, event: OrderEvent, approvers: Iterable[Data], stage: StageKey
) -> None:
    """Send the stage's request to more approvers."""
    request = await session.first(select(ApprovalRow).where(*requests_of(ApprovalRow, order.ref, stage=stage)))
    if request is not None:
        await _add(session, order, event, approvers, request.model_dump())


async def _add(session: Session, order: Order, event: OrderEvent, approvers: Iterable[Data], request: Data) -> None:
    """Send a request to approvers; a request that was superseded is pending again."""
    rows = [
        {
            "tenant": order.tenant,
            "id": new_id(),
            "order_id": order.id,
            "approver_id": approver["person_id"],
            "state": "pending",
            "requested_at": event.at,
            **{column: request[column] for column in ("round", "stage", "label", "why", "due_at")},
        }
        for approver in approvers
    ]
    if rows:
        added = insert(ApprovalRow).values(rows)
        await session.exec(
            added.on_conflict_do_update(
                index_elements=["tenant", "order_id", "round", "stage", "approver_id"],
                set_={column: added.excluded[column] for column in ("state", "requested_at", "due_at")},
                where=col(ApprovalRow.state) == "superseded",
            )
        )


async def _close(
    session: Session,
    order: Order,
    event: OrderEvent,
    *,
    state: str,
    stage: StageKey | None = None,
    approver_id: str | None = None,
    decision: Data | None = None,
) -> None:
    """Move pending approvals of the order, or only of a stage or an approver, to `state`."""
    pending = (*requests_of(ApprovalRow, order.ref, approver_id, stage), col(ApprovalRow.state) == "pending")
    values: dict[str, Any] = {"state": state}
    if decision is not None:
        values |= {
            "decided_at": event.at,
            "decided_by": event.actor.id,
            "decided_by_name": event.actor.name,
            "channel": event.actor.channel,
            "comment": decision.get("comment") or decision.get("reason"),
        }
    await session.exec(update(ApprovalRow).where(*pending).values(values))
