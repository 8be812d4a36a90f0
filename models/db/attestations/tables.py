"""What people agree to with an order, and the texts they agree to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel


class ConsentTextRow(SQLModel, table=True):
    """The text that a tenant has people agree to with a question, one row per version; the highest applies."""

    __tablename__ = "consent_text"
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    question: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    title: str = Field(max_length=120)
    text: str
    published_at: datetime


class AttestationRow(SQLModel, table=True):
    """A consent of an order: whose it is, and whether, when and how they gave it.

    `sentence` is the question's, as the order asked it. `version` is that of the tenant's text: None until the person
    is asked, 0 if the tenant has none, so that the sentence is all. `next_at` is when the person is reminded, or a
    task opens; `task` is the order's event that opened it. `given_by` differs from the person on paper: it is who
    recorded it, and `note` is the evidence.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        CheckConstraint("state IN ('waiting', 'asked', 'given', 'dropped')", name="attestation_state_allowed"),
        CheckConstraint("(state = 'given') = (given_at IS NOT NULL)", name="attestation_given_at_a_time"),
        CheckConstraint("channel IN ('form', 'api', 'page', 'paper')", name="attestation_channel_allowed"),
        Index("attestation_person", "tenant", "person_id", "question"),
        Index(
            "attestation_open",
            "tenant",
            "order_id",
            postgresql_where=text("state IN ('waiting', 'asked')"),
        ),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True, max_length=26)
    question: str = Field(primary_key=True, max_length=64)
    person_id: str
    sentence: str
    version: int | None = None
    state: str
    asked_at: datetime | None = None
    reminders: int = 0
    next_at: datetime | None = None
    task: int | None = None
    given_at: datetime | None = None
    channel: str | None = None
    given_by: str | None = None
    note: str | None = None
