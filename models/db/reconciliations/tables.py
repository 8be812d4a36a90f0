"""Reports of carriers, compared with the inventory."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel


class ReconciliationRow(SQLModel, table=True):
    """A report that was compared. `counts` are its differences by kind, `wrong` the rows that could not be read.

    `accounts` are the numbers of the billing accounts that the report is about.
    """

    __tablename__ = "reconciliation"
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    number: int = Field(primary_key=True)
    carrier: str
    file_name: str
    at: datetime
    by: str
    accounts: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    lines: int
    counts: dict[str, int] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    wrong: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))


class ReportedLineRow(SQLModel, table=True):
    """A line as the carrier reported it. What the report doesn't say is NULL."""

    __tablename__ = "reported_line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "reconciliation"], ["reconciliation.tenant", "reconciliation.number"]),
    )
    tenant: str = Field(primary_key=True)
    reconciliation: int = Field(primary_key=True)
    mdn: str = Field(primary_key=True)
    row: int
    account: str
    iccid: str | None = None
    imei: str | None = None
    plan: str | None = None
    features: list[str] | None = Field(default=None, sa_column=Column(ARRAY(TEXT)))
    status: str | None = None


class DifferenceRow(SQLModel, table=True):
    """A difference between a carrier and the inventory, from the first report that showed it to the last one.

    `account` is the number of the billing account, "" of a line without one. `subject` is the id of the line, or the
    phone number of a line that only the carrier has. `event_at` is when the carrier has said `theirs` in an event that
    no order of the company caused, `last_day` what it said then of a line that it disconnects. It is closed once a
    later report or event doesn't show it anymore, an order has changed what differed, or the import `import_number` has
    accepted it.
    """

    __tablename__ = "difference"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        ForeignKeyConstraint(["tenant", "import_number"], ["import.tenant", "import.number"]),
        Index(
            "difference_open",
            "tenant",
            "carrier",
            "subject",
            "kind",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    carrier: str
    account: str
    subject: str
    kind: str
    line_id: str | None = None
    mdn: str
    ours: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    theirs: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    first_run: int | None = None
    first_seen_at: datetime
    last_run: int | None = None
    event_at: datetime | None = None
    last_day: date | None = None
    closed_at: datetime | None = None
    import_number: int | None = None
