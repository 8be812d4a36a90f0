"""Accounts with their billing accounts at carriers, and their cost centers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel

from models.db.search_columns import computed_search


class AccountRow(SQLModel, table=True):
    """A company or department; `number` is its FA number.

    `critical_numbers` are phone numbers (E.164) that it must not lose, such as the one on its website.
    """

    __tablename__ = "account"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "parent_id"], ["account.tenant", "account.id"]),
        Index("account_number", "tenant", "number", unique=True),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    number: str = Field(max_length=32)
    name: str
    kind: str = "department"
    segment: str = "business"
    parent_id: str | None = None
    active: bool = True
    critical_numbers: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    search: str | None = computed_search("name")


class CarrierAccountRow(SQLModel, table=True):
    """The billing account of an account at a carrier, which the accounts below share unless they have their own.

    `number` is the carrier's (often called BAN), `foundation` the number of the contract above it. A billing cycle
    starts on `cycle_day` of each month, on its last day if the month is shorter. The carrier changes the plan of a line
    at most `plan_changes_a_month` times in a calendar month (None: any number of times), and only once in a billing
    cycle if `one_plan_change_a_cycle`. `credentials` are sealed: with them, such as the account's passcode, the company
    shows the carrier who it is; they were entered at `credentials_at`. An inactive account keeps the lines that it has,
    and gets no new ones.
    """

    __tablename__ = "carrier_account"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        Index("carrier_account_owner", "tenant", "account_id", "carrier", unique=True, postgresql_where=text("active")),
        CheckConstraint("cycle_day BETWEEN 1 AND 31", name="carrier_account_cycle_day"),
        CheckConstraint("plan_changes_a_month > 0", name="carrier_account_plan_changes_a_month"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    carrier: str = Field(primary_key=True)
    number: str = Field(primary_key=True, max_length=32)
    account_id: str
    foundation: str | None = None
    name_on_bill: str
    billing_zip: str
    cycle_day: int
    plan_changes_a_month: int | None = None
    one_plan_change_a_cycle: bool = False
    default_po: str | None = None
    credentials: bytes | None = Field(default=None, exclude=True)
    credentials_at: datetime | None = None
    active: bool = True


class CostCenterRow(SQLModel, table=True):
    """A cost center and the owner of its budget."""

    __tablename__ = "cost_center"
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    code: str = Field(primary_key=True, max_length=32)
    name: str
    owner_id: str | None = None
    active: bool = True
