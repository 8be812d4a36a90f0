"""Messages that wait for delivery to workflows."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

_ANSWERED = text("kind = 'update' AND state = 'done'")


class OutboxRow(SQLModel, table=True):
    """A message to a workflow: a start, an update or a signal.

    `id` is the action id, and the update id. `state` is waiting, done, rejected or dead; `result` holds the code and
    detail of a rejection, or the workflow's answer. `link_id` is the approval link that was used to send it.
    The times are set by the queue, by the clock of the database.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("outbox_dead", "id", postgresql_where=text("state = 'dead'")),
        Index("outbox_order", "tenant", "order_id", "position"),
        Index(
            "outbox_answered",
            *("tenant", "order_id", "position"),
            postgresql_where=_ANSWERED,
        ),
        Index("outbox_answered_at", "tenant", "done_at", "order_id", postgresql_where=_ANSWERED),
    )
    id: str = Field(primary_key=True, max_length=64)
    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False))
    tenant: str
    order_id: str
    workflow_id: str
    kind: str
    name: str
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    link_id: str | None = None
    state: str = "waiting"
    attempts: int = 0
    created_at: datetime = Field(default=None)
    next_attempt_at: datetime = Field(default=None)
    done_at: datetime | None = None
    last_error: str | None = None
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
