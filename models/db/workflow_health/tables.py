"""What the watch over workflows finds, and what operators do about orders outside their workflows."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel


class WorkflowHealthRow(SQLModel, table=True):
    """What was found when an open order's workflow was last looked at; `since` is when that was first seen.

    `state` is `well`, or what is wrong: missing, or how a workflow that should run has ended. Rows of closed orders
    are deleted.
    """

    __tablename__ = "workflow_health"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("workflow_health_problem", "tenant", "since", postgresql_where=text("state <> 'healthy'")),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    state: str = "healthy"
    since: datetime | None = None
    checked_at: datetime


class RecoveryRow(SQLModel, table=True):
    """One thing an operator did about an order that its workflow could not write down: append-only, for the audit.

    `subject` is the message or mail that was said again, or the run a workflow was resumed from.
    """

    __tablename__ = "recovery_action"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("recovery_action_order", "tenant", "order_id", "id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    order_id: str
    at: datetime
    action: str
    subject: str | None = None
    evidence: str
    actor_id: str
    actor_name: str
    channel: str
