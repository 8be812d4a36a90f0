"""What the portal keeps for people: orders they have not sent yet, and notices until they have seen them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class DraftRow(SQLModel, table=True):
    """An order as far as a person has filled it in; one for each type. `document` is the body that would be sent."""

    __tablename__ = "draft"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        Index("draft_of", "tenant", "person_id", "type_code", unique=True),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    person_id: str
    type_code: str
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime
    updated_at: datetime


class NoticeRow(SQLModel, table=True):
    """Something an admin tells everybody of the tenant, till it is withdrawn or ends by itself."""

    __tablename__ = "notice"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "published_by"], ["person.tenant", "person.id"]),
        Index("notice_published", "tenant", "published_at"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    title: str = Field(max_length=120)
    text: str
    published_at: datetime
    published_by: str
    ends_at: datetime | None = None
    withdrawn_at: datetime | None = None


class DismissalRow(SQLModel, table=True):
    """Somebody has seen a notice and put it away."""

    __tablename__ = "notice_dismissal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "notice_id"], ["notice.tenant", "notice.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
    )
    tenant: str = Field(primary_key=True)
    notice_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    at: datetime
