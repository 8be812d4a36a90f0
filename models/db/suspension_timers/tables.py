"""Timers of suspended lines."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel


class SuspensionTimerRow(SQLModel, table=True):
    """A suspended line's timer, while it runs and after it ended.

    `reason` and `resume_on` come from the order. `ends_at` and `ends_by` are the next end of the suspension, `limit_at`
    and `limit_by` the end by the carrier's rule, which is kept as code, text and source. `problem` is what an operator
    has to fix, None if there is none.
    """

    __tablename__ = "suspension_timer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("suspension_timer_running", "tenant", "line_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("suspension_timer_line", "tenant", "line_id", "began_at"),
        Index("suspension_timer_order", "tenant", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    kind: str
    line_id: str
    order_id: str
    item_id: str
    reason: str
    began_at: datetime
    resume_on: date | None = None
    ends_at: datetime | None = None
    ends_by: str | None = None
    limit_at: datetime | None = None
    limit_by: str | None = None
    rule: str
    rule_text: str
    rule_source: str
    state: str = "running"
    problem: str | None = None
    outcome: str | None = None
    ended_at: datetime | None = None
