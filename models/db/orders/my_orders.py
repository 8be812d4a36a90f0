"""A person's own orders with where each stands: who is asked, what was said last, when something is expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db import visibility
from models.db.approvals.tables import ApprovalRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.facts import Person, Relation


@dataclass(frozen=True, kw_only=True)
class OrderSummaryRow:
    """One order; `told` is the data of the entry that says why it stands where it stands, if its status has one."""

    row: OrderRow
    requester: str
    beneficiary: str
    approvers: tuple[str, ...]
    decide_by: datetime | None
    expected_at: datetime | None
    told: Mapping[str, Any]


async def own(session: Session, person: Person, told_by: Mapping[str, str], *, limit: int) -> list[OrderSummaryRow]:
    """The orders somebody placed, or that are for them: those that run first, then the newest.

    `told_by` names, by status, the event whose last entry tells about it.
    """
    requester, beneficiary = aliased(PersonRow), aliased(PersonRow)
    query: Any = (
        select(OrderRow, col(requester.name), col(beneficiary.name))
        .add_columns(*_asked(), _expected(), _told(told_by))
        .join(requester, _person(requester, OrderRow.requester_id))
        .join(beneficiary, _person(beneficiary, OrderRow.beneficiary_id))
        .where(col(OrderRow.tenant) == person.tenant, visibility.of_order(person)[Relation.SELF])
        .order_by(col(OrderRow.closed_at).is_not(None), col(OrderRow.id).desc())
        .limit(limit)
    )
    return [
        OrderSummaryRow(
            row=row,
            requester=asked_by,
            beneficiary=whom,
            approvers=tuple(names or ()),
            decide_by=by,
            expected_at=expected,
            told=told or {},
        )
        for row, asked_by, whom, names, by, expected, told in (await session.exec(query)).all()
    ]


def _asked() -> tuple[Any, Any]:
    """Who is asked to decide now, by name, and until when."""
    pending = (
        col(ApprovalRow.tenant) == col(OrderRow.tenant),
        col(ApprovalRow.order_id) == col(OrderRow.id),
        col(ApprovalRow.state) == "pending",
    )
    approver = aliased(PersonRow)
    names = select(func.array_agg(approver.name)).join(
        ApprovalRow, (col(ApprovalRow.tenant) == approver.tenant) & (col(ApprovalRow.approver_id) == approver.id)
    )
    by = select(func.min(col(ApprovalRow.due_at)))
    asked, until = (one.where(*pending).correlate(OrderRow).scalar_subquery() for one in (names, by))
    return asked, until


def _expected() -> Any:
    return (
        select(func.min(col(ItemRow.expected_at)))
        .where(col(ItemRow.tenant) == col(OrderRow.tenant), col(ItemRow.order_id) == col(OrderRow.id))
        .correlate(OrderRow)
        .scalar_subquery()
    )


def _told(told_by: Mapping[str, str]) -> Any:
    return (
        select(col(EventRow.data))
        .where(
            col(EventRow.tenant) == col(OrderRow.tenant),
            col(EventRow.order_id) == col(OrderRow.id),
            col(EventRow.event) == case(dict(told_by), value=col(OrderRow.status)),
        )
        .order_by(col(EventRow.seq).desc())
        .limit(1)
        .correlate(OrderRow)
        .scalar_subquery()
    )


def _person(table: type[PersonRow], person_id: Any) -> Any:
    return (col(table.tenant) == col(OrderRow.tenant)) & (col(table.id) == person_id)
