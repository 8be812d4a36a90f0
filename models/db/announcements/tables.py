"""Announcements, and who dismissed them."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class AnnouncementRow(SQLModel, table=True):
    """Something an admin tells everybody of the tenant, till it is withdrawn or ends by itself."""

    __tablename__ = "announcement"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "published_by"], ["person.tenant", "person.id"]),
        Index("announcement_published", "tenant", "published_at"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    title: str = Field(max_length=120)
    text: str
    published_at: datetime
    published_by: str
    ends_at: datetime | None = None
    withdrawn_at: datetime | None = None


class AnnouncementDismissalRow(SQLModel, table=True):
    """Somebody has seen a notice and put it away."""

    __tablename__ = "announcement_dismissal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "announcement_id"], ["announcement.tenant", "announcement.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
    )
    tenant: str = Field(primary_key=True)
    announcement_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    at: datetime
