"""Approval requests, as inboxes and approval pages read them."""

from sqlmodel import col, select

from models.db.approvals.tables import ApprovalRow
from models.db.clauses import belongs_to_order, matches
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.order import Order


async def pending_for(session: Session, tenant: str, person_id: str) -> list[tuple[ApprovalRow, OrderRow]]:
    """What this person has to decide, the earliest due date first."""
    return await session.all(
        select(ApprovalRow, OrderRow)
        .join(OrderRow, matches(OrderRow.id, ApprovalRow.order_id))
        .where(
            col(ApprovalRow.tenant) == tenant,
            col(ApprovalRow.approver_id) == person_id,
            col(ApprovalRow.state) == "pending",
        )
        .order_by(col(ApprovalRow.due_at), col(ApprovalRow.id))
    )


async def find_approval(session: Session, tenant: str, approval_id: str) -> ApprovalRow | None:
    return await session.get(ApprovalRow, (tenant, approval_id))


async def approvals_of(session: Session, order: Order | OrderRow) -> list[ApprovalRow]:
    """Every approval of an order, oldest first; rows the session holds are refreshed."""
    return await session.all(
        select(ApprovalRow)
        .where(belongs_to_order(ApprovalRow, order))
        .order_by(col(ApprovalRow.id))
        .execution_options(populate_existing=True)
    )


async def approvals_with_names(session: Session, order: OrderRow) -> list[tuple[ApprovalRow, str]]:
    """The order's approvals with the approvers' names, by round and stage."""
    return await session.all(
        select(ApprovalRow, col(PersonRow.name))
        .join(PersonRow, matches(PersonRow.id, ApprovalRow.approver_id))
        .where(belongs_to_order(ApprovalRow, order))
        .order_by(col(ApprovalRow.round), col(ApprovalRow.stage), col(ApprovalRow.id))
    )
