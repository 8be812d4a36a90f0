"""Announcements, and which people dismissed them."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class AnnouncementRow(SQLModel, table=True):
    """A message from an admin to everyone in the tenant, shown until it ends or is removed."""

    __tablename__ = "announcement"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "posted_by"], ["person.tenant", "person.id"]),
        Index("announcement_posted", "tenant", "posted_at"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    title: str = Field(max_length=120)
    text: str
    posted_at: datetime
    posted_by: str
    ends_at: datetime | None = None
    removed_at: datetime | None = None


class AnnouncementDismissalRow(SQLModel, table=True):
    """A person dismissed an announcement."""

    __tablename__ = "announcement_dismissal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "announcement_id"], ["announcement.tenant", "announcement.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
    )
    tenant: str = Field(primary_key=True)
    announcement_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    at: datetime
