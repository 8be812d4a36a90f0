"""Timers of lines."""

from datetime import date, datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel

from models.timers import FEATURES_ENDING


class LineTimerRow(SQLModel, table=True):
    """A line's timer, while it runs and after it ended.

    `kind` is the code of a `TimerKind`; `ends_by`, `limit_by` those of a `LineChange`. `reason` and `resume_on` are a
    suspension's and come from the order. `last_day` is the last one on which a disconnected line's number can be
    recovered, or on which the `features`, by SKU, are on that end. `ends_at` and `ends_by` are the next change of the
    line, `limit_at` and `limit_by` the change at the carrier's limit by its rule, which is kept as text and source.
    `problem` is what an operator has to fix, None if there is none. `ended_by` is the id of the order that changed the
    line. Its events have a `seq` above `seq_offset`.
    """

    __tablename__ = "line_timer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("line_timer_running", "tenant", "line_id", "kind", postgresql_where=text("state = 'running'")),
        Index(
            "line_timer_of_status",
            *("tenant", "line_id"),
            unique=True,
            postgresql_where=text(f"state = 'running' AND kind <> '{FEATURES_ENDING}'"),
        ),
        Index("line_timer_line", "tenant", "line_id", "began_at"),
        Index("line_timer_order", "tenant", "order_id"),
    )
    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    kind: str
    line_id: str
    order_id: str
    item_id: str
    seq_offset: int
    reason: str | None = None
    features: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    began_at: datetime
    resume_on: date | None = None
    last_day: date | None = None
    ends_at: datetime | None = None
    ends_by: str | None = None
    limit_at: datetime | None = None
    limit_by: str | None = None
    rule_text: str
    rule_source: str
    state: str = "running"
    problem: str | None = None
    outcome: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = Field(default=None, max_length=26)
