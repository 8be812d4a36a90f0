"""People who leave, and what was decided about each line and device they have."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.leave import LeaveState


class LeaveRow(SQLModel, table=True):
    """A person who leaves at the end of their last day (`PersonRow.leaves_on`), or at once.

    Of those of a person, only one is open. `next_at` is when something happens next, `reminders` counts those that were
    sent, `ended_at` is when access ended. An operator's file has no `started_by`.
    `no_show`: the person never started.
    """

    __tablename__ = "leave"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        CheckConstraint("state IN ('open', 'done', 'canceled')", name="leave_state_allowed"),
        CheckConstraint("(state = 'open') = (next_at IS NOT NULL)", name="leave_open_has_a_time"),
        Index("leave_open", "tenant", "person_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("leave_due", "next_at", postgresql_where=text("state = 'open'")),
        Index("leave_person", "tenant", "person_id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    person_id: str
    immediate: bool = False
    no_show: bool = False
    state: str = LeaveState.OPEN
    started_by: str | None
    started_at: datetime
    next_at: datetime | None = None
    asked_at: datetime | None = None
    reminders: int = 0
    ended_at: datetime | None = None
    closed_at: datetime | None = None


class LeaveItemRow(SQLModel, table=True):
    """A line or device of a leave, once something was chosen for it or ordered.

    `step` is what was ordered last, with `order_id`; `problem` is why an order could not be placed, as a sentence.
    """

    __tablename__ = "leave_item"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "leave_id"], ["leave.tenant", "leave.id"]),
        ForeignKeyConstraint(["tenant", "to_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        CheckConstraint("thing IN ('line', 'device')", name="leave_item_thing_allowed"),
        CheckConstraint("step IN ('features', 'chosen', 'suspend', 'disconnect')", name="leave_item_step_allowed"),
        Index("leave_item_thing", "tenant", "thing_id"),
    )
    tenant: str = Field(primary_key=True)
    leave_id: str = Field(primary_key=True, max_length=26)
    thing: str = Field(primary_key=True)
    thing_id: str = Field(primary_key=True, max_length=26)
    choice: str | None = None
    to_id: str | None = None
    chosen_by: str | None = None
    chosen_at: datetime | None = None
    step: str | None = None
    order_id: str | None = None
    problem: str | None = None
