"""Approval requests, as inboxes and approval pages read them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ARRAY, TEXT, ColumnElement, Integer, String, any_, cast, literal
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select, tuple_

from models.db.approvals.tables import ApprovalRow
from models.db.clauses import has_role, holder_name, matches
from models.db.inventory.tables import LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.statement import Statement, param
from models.facts import Role
from models.holder import NamedHolder
from models.lifecycle import Action
from models.order import Order

_DECISIONS = literal([Action.APPROVE.value, Action.REJECT.value, Action.REQUEST_INFO.value], ARRAY(TEXT))
# Created once, because creating an alias is slow.
_REQUESTER, _BENEFICIARY = aliased(PersonRow), aliased(PersonRow)
_THIS_ORDER = (col(ApprovalRow.tenant) == param("tenant"), col(ApprovalRow.order_id) == param("order_id"))
_OF_ORDER = Statement[ApprovalRow](select(ApprovalRow).where(*_THIS_ORDER).order_by(col(ApprovalRow.id)), ApprovalRow)
_WITH_NAMES = Statement[tuple[ApprovalRow, str]](
    select(ApprovalRow, col(PersonRow.name))
    .join(PersonRow, matches(PersonRow.id, ApprovalRow.approver_id))
    .where(*_THIS_ORDER)
    .order_by(col(ApprovalRow.round), col(ApprovalRow.stage), col(ApprovalRow.id)),
    ApprovalRow,
    None,
)
_FIND = Statement[ApprovalRow](
    select(ApprovalRow).where(col(ApprovalRow.tenant) == param("tenant"), col(ApprovalRow.id) == param("id")),
    ApprovalRow,
)
_BY_DUE_DATE = col(ApprovalRow.due_at), col(ApprovalRow.id)
_LAST_SHOWN = aliased(ApprovalRow)
_PLACE = (
    select(col(_LAST_SHOWN.due_at), col(_LAST_SHOWN.id))
    .where(col(_LAST_SHOWN.tenant) == param("tenant"), col(_LAST_SHOWN.id) == param("after", String))
    .scalar_subquery()
)
_PENDING_FOR = Statement[tuple[ApprovalRow, OrderRow, str, str]](
    select(ApprovalRow, OrderRow, col(_REQUESTER.name), holder_name(_BENEFICIARY, SiteRow))
    .join(OrderRow, matches(OrderRow.id, ApprovalRow.order_id))
    .join(_REQUESTER, matches(_REQUESTER.id, OrderRow.requester_id))
    .outerjoin(_BENEFICIARY, matches(_BENEFICIARY.id, OrderRow.beneficiary_id))
    .outerjoin(SiteRow, matches(SiteRow.id, OrderRow.beneficiary_site_id))
    .where(
        col(ApprovalRow.tenant) == param("tenant"),
        col(ApprovalRow.approver_id) == param("person_id"),
        col(ApprovalRow.state) == "pending",
        param("after", String).is_(None) | (tuple_(*_BY_DUE_DATE) > _PLACE),
    )
    .order_by(*_BY_DUE_DATE)
    .limit(param("limit", Integer)),
    ApprovalRow,
    OrderRow,
    None,
    None,
)
_PAYLOAD = col(OutboxRow.payload)
_LAST_DECISION = Statement[OutboxRow](
    select(OutboxRow)
    .where(
        col(OutboxRow.tenant) == param("tenant"),
        col(OutboxRow.order_id) == param("order_id"),
        col(OutboxRow.name) == any_(_DECISIONS),
        _PAYLOAD["actor"]["id"].as_string() == param("approver_id", String),
        _PAYLOAD["round"].as_integer() == param("round", Integer),
        _PAYLOAD["stage"].as_integer() == param("stage", Integer),
    )
    .order_by(col(OutboxRow.position).desc())
    .limit(1),
    OutboxRow,
)


@dataclass(frozen=True, kw_only=True)
class PendingRequest:
    """An approval that someone has to decide, and its order with the names on it."""

    approval: ApprovalRow
    order: OrderRow
    requester: str
    beneficiary: NamedHolder


async def pending_for(
    session: Session, tenant: str, person_id: str, *, after: str | None = None, limit: int
) -> list[PendingRequest]:
    """What this person has to decide, the earliest due date first.

    `after` is the id of the last approval of the previous page.
    """
    rows = await session.all(_PENDING_FOR, tenant=tenant, person_id=person_id, after=after, limit=limit)
    return [
        PendingRequest(
            approval=approval,
            order=order,
            requester=requester,
            beneficiary=NamedHolder(holder=order.beneficiary, name=beneficiary),
        )
        for approval, order, requester, beneficiary in rows
    ]


async def pending_between(
    session: Session, tenant: str, approver_ids: Collection[str], person_ids: Collection[str]
) -> list[tuple[ApprovalRow, OrderRow]]:
    """What one of these people has to decide about an order for one of the others, by order."""
    query = select(ApprovalRow, OrderRow).join(OrderRow, matches(OrderRow.id, ApprovalRow.order_id))
    pending = col(ApprovalRow.tenant) == tenant, col(ApprovalRow.state) == "pending"
    asked = col(ApprovalRow.approver_id) == func.any(cast([*approver_ids], ARRAY(TEXT)))
    is_for = col(OrderRow.beneficiary_id) == func.any(cast([*person_ids], ARRAY(TEXT)))
    return await session.all(query.where(*pending, asked, is_for).order_by(col(OrderRow.id), col(ApprovalRow.id)))


async def pending_of_doubtful(session: Session) -> list[tuple[ApprovalRow, PersonRow]]:
    """The pending approvals, in all tenants, of people who may not decide, with these people.

    They have left or are auditors, or they have a line of the order, or act for a site that it is for or that has one.
    """
    return await session.all(
        select(ApprovalRow, PersonRow)
        .join(PersonRow, matches(PersonRow.id, ApprovalRow.approver_id))
        .join(OrderRow, matches(OrderRow.id, ApprovalRow.order_id))
        .where(
            col(ApprovalRow.state) == "pending",
            or_(col(PersonRow.active).is_(False), has_role(Role.AUDITOR), _acts_for_beneficiary(), _has_line()),
        )
        .order_by(col(ApprovalRow.id))
    )


def _acts_for_beneficiary() -> ColumnElement[bool]:
    beneficiary = select(SiteRow.id).where(
        matches(SiteRow.id, OrderRow.beneficiary_site_id), matches(SiteRow.contact_id, ApprovalRow.approver_id)
    )
    return beneficiary.exists()


def _has_line() -> ColumnElement[bool]:
    line = (
        select(LineRow.id)
        .join(ItemRow, matches(ItemRow.line_id, LineRow.id))
        .outerjoin(SiteRow, matches(SiteRow.id, LineRow.site_id))
        .where(matches(ItemRow.order_id, ApprovalRow.order_id))
        .where(
            or_(*(col(holder) == col(ApprovalRow.approver_id) for holder in (LineRow.person_id, SiteRow.contact_id)))
        )
    )
    return line.exists()


async def find_approval(session: Session, tenant: str, approval_id: str) -> ApprovalRow | None:
    return await session.first(_FIND, tenant=tenant, id=approval_id)


async def approvals_of(session: Session, order: Order | OrderRow) -> list[ApprovalRow]:
    """Every approval of an order, oldest first."""
    return await session.all(_OF_ORDER, tenant=order.tenant, order_id=order.id)


async def last_decision(session: Session, approval: ApprovalRow) -> OutboxRow | None:
    """The message by which the approver has decided last, by link, page or API, delivered or not."""
    return await session.first(
        _LAST_DECISION,
        tenant=approval.tenant,
        order_id=approval.order_id,
        approver_id=approval.approver_id,
        round=approval.round,
        stage=approval.stage,
    )


async def approvals_with_names(session: Session, order: OrderRow) -> list[tuple[ApprovalRow, str]]:
    """The order's approvals with the approvers' names, by round and stage."""
    return await session.all(_WITH_NAMES, tenant=order.tenant, order_id=order.id)
