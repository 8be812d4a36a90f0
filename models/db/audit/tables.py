"""The audit log of people's access: its use, and its changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class AuditRow(SQLModel, table=True):
    """An action by or on a person's access: who did what to whom, when and from where. Append-only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("audit_event_subject", "tenant", "subject_id", "id"),
        Index("audit_event_tenant", "tenant", "id"),
    )
    id: str = Field(primary_key=True, max_length=26)
    tenant: str = Field(foreign_key="tenant.id")
    at: datetime
    action: str = Field(max_length=40)
    actor_id: str | None = None
    actor_name: str
    subject_id: str | None = None
    subject_name: str
    channel: str
    address: str
    detail: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
