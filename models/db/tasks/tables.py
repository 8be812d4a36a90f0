"""Tasks of people."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel


class TaskRow(SQLModel, table=True):
    """A task that the event `seq` of an order opened; of a kind, one is open for each `thing`.

    It is for the person, or for everyone with the role. `choices` are the codes of those it offers, `evidence` is the
    data of the event. `choice` is the one by which a person closed it; None if it closed by itself. `outcome` is the
    event that closed it, `note` what the person entered.
    `acting_since` is when Dialtone began what a person has chosen, None unless it is doing it; `problem` says why the
    last one could not be done.
    """

    __tablename__ = "task"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        CheckConstraint("state IN ('open', 'closed')", name="task_state_allowed"),
        CheckConstraint("(role IS NULL) <> (person_id IS NULL)", name="task_for_role_or_person"),
        Index("task_one_open", "tenant", "kind", "thing", unique=True, postgresql_where=text("state = 'open'")),
        Index("task_due", "tenant", "state", "due_at", "id"),
        Index("task_order", "tenant", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=40)
    kind: str
    order_id: str = Field(max_length=26)
    seq: int
    thing: str
    role: str | None = None
    person_id: str | None = None
    opened_at: datetime
    due_at: datetime
    choices: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))
    evidence: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    state: str = "open"
    closed_at: datetime | None = None
    closed_by: str | None = None
    choice: str | None = None
    outcome: str | None = None
    note: str | None = None
    acting_since: datetime | None = None
    problem: str | None = None
