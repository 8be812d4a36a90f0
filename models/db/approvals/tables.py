"""Approval requests, and the links that were emailed for them."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


def _references_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"])


class ApprovalRow(SQLModel, table=True):
    """One approver's request for one stage of one round, and the decision.

    `state` is pending, approved, rejected, superseded (decided by another approver, or asked again in a new round)
    or expired.
    """

    __tablename__ = "approval"
    __table_args__ = (
        _references_order(),
        Index("approval_request", "tenant", "order_id", "round", "stage", "approver_id", unique=True),
        Index("approval_approver", "tenant", "approver_id", "state"),
        Index("approval_order", "tenant", "approver_id", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    order_id: str
    round: int
    stage: int
    label: str
    why: str
    approver_id: str
    state: str = "pending"
    requested_at: datetime
    due_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_by_name: str | None = None
    channel: str | None = None
    comment: str | None = None


class ApprovalLinkRow(SQLModel, table=True):
    """The server-side half of a signed link: the URL carries only the signed id.

    `state` is live, used or revoked; `reason` says why it was revoked. `content_hash` covers the items, prices and
    cost centers that the email showed.
    """

    __tablename__ = "approval_link"
    __table_args__ = (
        _references_order(),
        Index("approval_link_order", "tenant", "order_id", "state"),
    )
    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    order_id: str
    approval_id: str
    approver_id: str
    round: int
    stage: int
    content_hash: str
    expires_at: datetime
    state: str = "live"
    reason: str | None = None
    created_at: datetime
    used_at: datetime | None = None
