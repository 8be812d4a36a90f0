from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import RequestModel, ResponseModel
from models.db.imports.tables import ImportedRow, ImportRow, ImportState
from models.imports.plan import RowOutcome


class ImportQuery(RequestModel):
    before: int | None = Field(default=None, ge=1, description="Only imports with a lower number.")
    limit: int = Field(default=50, ge=1, le=100, description="Maximum number of rows.")


class ImportRowQuery(RequestModel):
    outcome: RowOutcome | None = Field(default=None, description="Only rows with this outcome.")
    after: int = Field(default=0, ge=0, description="Only rows after this one of the file.")
    limit: int = Field(default=100, ge=1, le=1000, description="Maximum number of rows.")


class ImportApplyIn(RequestModel):
    """Import what you were shown."""

    digest: Annotated[str, StringConstraints(max_length=64)] = Field(
        description="`digest` of the import, which stands for what it would do."
    )


class ImportColumnView(ResponseModel):
    name: str
    help: str
    required: bool = Field(description="Whether a new thing needs a value.")
    example: str


class ImportKindView(ResponseModel):
    """A kind of file. Import kinds in the order of the list: later ones name things of earlier ones."""

    code: str
    title: str
    about: str
    version: int
    columns: list[ImportColumnView]


class ImportView(ResponseModel):
    """A file that was checked, and perhaps imported. `counts` are its rows by outcome."""

    number: int
    kind: str
    file_name: str
    state: ImportState
    digest: str
    counts: Mapping[RowOutcome, int]
    checked_at: datetime
    checked_by: str
    applied_at: datetime | None
    applied_by: str | None
    undone_at: datetime | None
    undone_by: str | None

    @classmethod
    def of(cls, row: ImportRow) -> "ImportView":
        return cls.model_validate(row)

    @property
    def imported(self) -> int:
        return self.counts.get(RowOutcome.NEW, 0) + self.counts.get(RowOutcome.CHANGED, 0)

    @property
    def left_out(self) -> int:
        return sum(self.counts.values()) - self.imported - self.counts.get(RowOutcome.UNCHANGED, 0)


class CellChangeView(ResponseModel):
    column: str
    before: str
    after: str


class WrongCellView(ResponseModel):
    column: str = Field(description="Empty for the whole row.")
    detail: str


class ImportRowView(ResponseModel):
    """A row of a file. Rows that change nothing are only counted."""

    row: int = Field(description="Its number in a spreadsheet.")
    outcome: RowOutcome
    key: str
    changes: list[CellChangeView]
    wrong: list[WrongCellView]

    @classmethod
    def of(cls, row: ImportedRow, columns: Sequence[str]) -> "ImportRowView":
        """Its cells in the sequence of the file's columns, which the database doesn't keep."""
        return cls(
            row=row.row,
            outcome=RowOutcome(row.outcome),
            key=" ".join(row.key),
            changes=[
                CellChangeView(column=name, before=row.changes[name][0], after=row.changes[name][1])
                for name in sorted(row.changes, key=columns.index)
            ],
            wrong=[WrongCellView.model_validate(one) for one in row.wrong],
        )
