"""The sites of a company."""

from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.db.search_columns import computed_search


class SiteRow(SQLModel, table=True):
    """A place whose lines belong to no person; the person `contact_id` acts for it.

    It need not be a building: `label` says what it is, such as a vehicle or a kiosk. Parcels to `address` go to
    `receiver` (the contact, if it is None), who can be called at `phone` (E.164). No new order names an inactive site.
    """

    __tablename__ = "site"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "contact_id"], ["person.tenant", "person.id"]),
        Index("site_contact", "tenant", "contact_id"),
        Index("site_account", "tenant", "account_id"),
        Index("site_name", "tenant", text("active DESC"), "name", "id"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    name: str
    account_id: str
    contact_id: str | None = None
    address: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    label: str | None = None
    time_zone: str | None = None
    receiver: str | None = None
    phone: str | None = None
    open_hours: str | None = None
    active: bool = True
    search: str | None = computed_search("name")
