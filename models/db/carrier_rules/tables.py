"""The rules of carriers that admins have entered."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel


class CarrierRuleRow(SQLModel, table=True):
    """A rule of a carrier for one tenant, from the day `valid_from` on. Append-only: a newer row replaces it.

    `what` is the code of a kind, `reasons` that of a group of reasons, and `value` a text that the kind parses; None
    if the carrier doesn't publish it. `read_on` is the day on which it was read at the source.
    """

    __tablename__ = "carrier_rule"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "edited_by"], ["person.tenant", "person.id"]),
        Index("carrier_rule_carrier", "tenant", "carrier", "valid_from"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    carrier: str
    what: str
    reasons: str
    value: str | None = None
    unit: str | None = None
    note: str = ""
    source: str
    source_url: str
    read_on: date
    valid_from: date
    edited_by: str = Field(max_length=26)
    edited_at: datetime
