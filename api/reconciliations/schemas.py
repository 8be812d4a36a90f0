from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from api.http.paging import Cursor
from api.http.schemas import IdFilter, RequestModel, ResponseModel
from models.carrier_report import DifferenceKind, DifferenceSource
from models.db.reconciliations.tables import ReconciliationRow

MAX_WRONG = 100


class ReconciliationQuery(RequestModel):
    before: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only reports with a lower number.")
    limit: int = Field(default=50, ge=1, le=100, description="Maximum number of reports.")


class RunDifferenceQuery(RequestModel):
    kind: list[DifferenceKind] = Field(default_factory=list, max_length=20, description="Only these kinds.")
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class DifferenceQuery(RunDifferenceQuery):
    carrier: IdFilter | None = Field(default=None, description="Code of a carrier.")
    account: IdFilter | None = Field(default=None, description="Number of a billing account.")
    source: DifferenceSource | None = Field(
        default=None, description="Only what a report showed, or what a carrier has changed without an order of yours."
    )


class Side(StrEnum):
    OURS = "ours"
    THEIRS = "theirs"


class FixIn(RequestModel):
    side: Side = Field(
        default=Side.THEIRS,
        description="What the line is to have. With `ours`, the inventory first takes over what the carrier has, "
        "and the order brings the line back. This takes a recent second factor.",
    )
    replace_draft: bool = Field(default=False, description="Replace a draft of this type that you have.")


class WrongCell(ResponseModel):
    """A row that was not compared, or not wholly."""

    row: int
    column: str
    detail: str


class ReconciliationView(ResponseModel):
    """A carrier's report that was compared with the inventory. `counts` are its differences by kind."""

    number: int
    carrier: str
    file_name: str
    at: datetime
    by: str
    accounts: list[str] = Field(description="The billing accounts in the report.")
    lines: int = Field(description="How many lines it has.")
    counts: Mapping[DifferenceKind, int]
    wrong_cells: int = Field(description="How many cells could not be read.")


class ReconciliationDetails(ReconciliationView):
    wrong: list[WrongCell] = Field(description="The first 100 cells that could not be read.")

    @classmethod
    def of(cls, row: ReconciliationRow) -> "ReconciliationDetails":
        return cls.model_validate({**row.model_dump(), "wrong": row.wrong[:MAX_WRONG], "wrong_cells": len(row.wrong)})


class FixView(ResponseModel):
    """An order that ends a difference."""

    type: str
    title: str
    answers: Mapping[str, Any]


class DifferenceView(ResponseModel):
    """A difference between a carrier and the inventory. Plans and features are SKUs, as far as we know them.

    `names` are those of these products, by SKU.
    `closed_at` is when both had the same again, null while it is open.
    """

    id: str
    kind: DifferenceKind
    carrier: str
    account: str
    mdn: str
    line_id: str | None
    ours: list[str]
    theirs: list[str]
    names: Mapping[str, str]
    first_seen_at: datetime
    event_at: datetime | None = Field(
        description="When the carrier changed this without an order of yours. Null if only a report shows it."
    )
    last_day: date | None = Field(description="The last day of a line that the carrier disconnects, if it told.")
    closed_at: datetime | None
    fix: FixView | None = Field(description="The order that makes the line what the carrier has.")
    way_back: FixView | None = Field(
        description="The order that brings the line back to what the inventory has, after that was updated."
    )
    acceptable: bool = Field(description="Whether the inventory can take over what the carrier has, without an order.")
    why_not: str | None = Field(
        description="Why it can't, and what can be done. Null if it can, or for people who may not."
    )


class DriftView(ResponseModel):
    """The open differences of a kind at a billing account: those seen for up to a week, up to 30 days, and longer."""

    carrier: str
    account: str
    kind: DifferenceKind
    week: int
    month: int
    older: int


class FixOrderView(ResponseModel):
    type: str
    order: Mapping[str, Any] = Field(description="The draft, as the body of a new order.")
    continue_at: str = Field(description="Address of its form.")


class AcceptedView(ResponseModel):
    import_number: int = Field(description="Number of the import that changed the line, by which it is undone.")
