"""The health of orders' workflows, and what operators did about orders outside their workflows."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, func, text
from sqlmodel import Field, SQLModel

from models.workflow_health import WorkflowHealth
from models.workflow_ref import WorkflowKind, WorkflowRef


class WorkflowHealthRow(SQLModel, table=True):
    """The result of the last check of an open order's workflow; deleted when the order closes, and has no workflow.

    `state` is a WorkflowHealth; `since` is when a problem was first found. `checked_at` is None for an order that is
    due at once. The others are the workflow's run, the length of its history and the row's last event, when the
    workflow last said that its events end there.
    """

    __tablename__ = "workflow_health"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index(
            "workflow_health_problem", "tenant", "since", postgresql_where=text(f"state <> '{WorkflowHealth.HEALTHY}'")
        ),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    state: str = WorkflowHealth.HEALTHY
    since: datetime | None = None
    checked_at: datetime | None = None
    run_id: str | None = None
    history_length: int | None = None
    compared_seq: int | None = None


class StrayWorkflowRow(SQLModel, table=True):
    """A workflow of an order, a timer or a task that the database doesn't have, or of a timer that has ended.

    `id` is what the workflow belongs to, `number` the order's. It stays after an operator has ended the workflow, with
    who did it and why.
    """

    __tablename__ = "stray_workflow"
    __table_args__ = (Index("stray_workflow_running", "tenant", "found_at", postgresql_where=text("ended_at IS NULL")),)
    tenant: str = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=10)
    id: str = Field(primary_key=True, max_length=40)
    number: str
    found_at: datetime = Field(default=None, sa_column_kwargs={"server_default": func.now()})
    ended_at: datetime | None = None
    ended_by: str | None = None
    evidence: str | None = None

    @property
    def ref(self) -> WorkflowRef:
        return WorkflowRef(kind=WorkflowKind(self.kind), tenant=self.tenant, id=self.id)


class RecoveryRow(SQLModel, table=True):
    """An operator's action that the order's workflow could not record. Append-only, for the audit.

    `subject` is the id of the message or email that was queued again, or of the timer's or task's workflow that was
    ended.
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
