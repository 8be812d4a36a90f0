"""Approval requests, and the links that were emailed for them."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


def _of_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"])


class ApprovalRow(SQLModel, table=True):
    """One person asked to decide one stage of one round; a decision is recorded here once.

    `state` is pending, approved, rejected, superseded (somebody
    else decided, or a new round began) or expired.
    """

    __tablename__ = "approval"
    __table_args__ = (
        _of_order(),
        Index("approval_asked", "tenant", "order_id", "round", "stage", "approver_id", unique=True),
        Index("approval_inbox", "tenant", "approver_id", "state"),
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
    """The server-side half of a signed link: the URL carries sign(id), the rest is here.

    `state` is live, used or revoked; `reason` says why a revoked one died. `content_hash` binds the link to the
    items, prices and cost centers that were shown.
    """

    __tablename__ = "approval_link"
    __table_args__ = (
        _of_order(),
        Index("link_order", "tenant", "order_id", "state"),
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
