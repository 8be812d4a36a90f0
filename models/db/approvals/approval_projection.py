"""Approvals and their links, updated from the events of an order."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.session import Session, new_id
from models.db.statement import Statement, param
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

_COLUMNS = (
    *("tenant", "id", "order_id", "approver_id", "state", "requested_at"),
    *("round", "stage", "label", "why", "due_at"),
)
_INSERT = insert(ApprovalRow).values({name: param(name) for name in _COLUMNS})
_ADD = Statement[None](
    _INSERT.on_conflict_do_update(
        index_elements=["tenant", "order_id", "round", "stage", "approver_id"],
        set_={name: _INSERT.excluded[name] for name in ("state", "requested_at", "due_at")},
        where=col(ApprovalRow.state) == "superseded",
    )
)


def _wanted(table: type[ApprovalRow] | type[ApprovalLinkRow]) -> list[ColumnElement[bool]]:
    """Of the order, and of the round, stage and approver that are given."""
    given = (
        (table.round, "of_round", Integer),
        (table.stage, "of_stage", Integer),
        (table.approver_id, "of_approver", String),
    )
    return [
        col(table.tenant) == param("tenant"),
        col(table.order_id) == param("order_id"),
        *(or_(param(name, type_).is_(None), col(column) == param(name, type_)) for column, name, type_ in given),
    ]


_OF_STAGE = Statement[ApprovalRow](
    select(ApprovalRow)
    .where(
        col(ApprovalRow.tenant) == param("tenant"),
        col(ApprovalRow.order_id) == param("order_id"),
        col(ApprovalRow.round) == param("of_round"),
        col(ApprovalRow.stage) == param("of_stage"),
    )
    .limit(1),
    ApprovalRow,
)
_REVOKED = (
    update(ApprovalLinkRow)
    .where(*_wanted(ApprovalLinkRow), col(ApprovalLinkRow.state) == "live", param("reason", String).is_not(None))
    .values(state="revoked", reason=param("reason"))
)
_CLOSE = Statement[None](
    update(ApprovalRow)
    .where(*_wanted(ApprovalRow), col(ApprovalRow.state) == "pending")
    .values(
        state=param("closed"),
        **{name: param(name) for name in ("decided_at", "decided_by", "decided_by_name", "channel", "comment")},
    )
    .add_cte(_REVOKED.cte("revoked"))
)

Data = Mapping[str, Any]
StageKey = tuple[int, int]
_Handler = Callable[[Session, Order, OrderEvent, Data], Awaitable[None]]


async def project(session: Session, order: Order, event: OrderEvent) -> None:
    """Update approvals and links from one event. Idempotent."""
    handle = _HANDLERS.get(event.event)
    if handle is not None:
        await handle(session, order, event, dict(event.data))
    if event.status.final and order.type.has(Approve):
        await _close(session, order, event, state="superseded", reason=_reason(event))


async def _request(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    due_at = datetime.fromisoformat(str(data["expiry"]))
    await _add(session, order, event, data["approvers"], {**data, "due_at": due_at})


async def _escalate(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    await _add_to_stage(session, order, event, data["approvers"], _stage(data))


async def _reassign(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    stage, from_id, to = _stage(data), data["from_id"], data["to"]
    await _add_to_stage(session, order, event, [to], stage)
    reason = f"the request was reassigned to {to['name']}"
    await _close(session, order, event, state="superseded", stage=stage, approver_id=from_id, reason=reason)


async def _request_info(session: Session, order: Order, event: OrderEvent, _data: Data) -> None:
    reason = f"{event.actor.name} asked a question; you'll get a new link with the answer"
    await _close(session, order, event, state="superseded", reason=reason)


async def _approve(session: Session, order: Order, event: OrderEvent, data: Data) -> None:
    stage, approver_id, reason = _stage(data), data["approver_id"], _reason(event)
    await _close(
        session, order, event, state="approved", stage=stage, approver_id=approver_id, decision=data, reason=reason
    )
    if data.get("stage_done"):
        await _close(session, order, event, state="superseded", stage=stage, reason=reason)


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
    round_number, stage_number = stage
    request = await session.first(
        _OF_STAGE, tenant=order.tenant, order_id=order.id, of_round=round_number, of_stage=stage_number
    )
    if request is not None:
        await _add(session, order, event, approvers, request.model_dump())


async def _add(session: Session, order: Order, event: OrderEvent, approvers: Iterable[Data], request: Data) -> None:
    """Send a request to approvers; a request that was superseded is pending again."""
    for approver in approvers:
        await session.affected(
            _ADD,
            tenant=order.tenant,
            id=new_id(),
            order_id=order.id,
            approver_id=approver["person_id"],
            state="pending",
            requested_at=event.at,
            **{column: request[column] for column in ("round", "stage", "label", "why", "due_at")},
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
    reason: str | None = None,
) -> None:
    """Move pending approvals of the order, or only of a stage or an approver, to `state`.

    With a reason, their live links are revoked. It completes the sentence "This link no longer works: …".
    """
    round_number, stage_number = stage or (None, None)
    by = event.actor if decision is not None else None
    await session.affected(
        _CLOSE,
        tenant=order.tenant,
        order_id=order.id,
        of_round=round_number,
        of_stage=stage_number,
        of_approver=approver_id,
        closed=state,
        reason=reason,
        decided_at=event.at if by else None,
        decided_by=by and by.id,
        decided_by_name=by and by.name,
        channel=by and by.channel,
        comment=decision and (decision.get("comment") or decision.get("reason")),
    )
