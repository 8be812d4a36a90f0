"""Imports of files, and what each of their rows did."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class ImportState(StrEnum):
    CHECKED = "checked"
    APPLIED = "applied"
    UNDONE = "undone"


class ImportRow(SQLModel, table=True):
    """A file that was checked. `digest` stands for what it would do, `counts` has its rows by outcome.

    `content` is kept until it is applied. `taken` is what it took from stock or put back, as it was before.
    `checked_by`, `applied_by` and `undone_by` are names.
    """

    __tablename__ = "import"
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    number: int = Field(primary_key=True)
    kind: str
    file_name: str
    state: str = ImportState.CHECKED
    digest: str
    counts: dict[str, int] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    taken: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    checked_at: datetime
    checked_by: str
    applied_at: datetime | None = None
    applied_by: str | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None


class ImportedRow(SQLModel, table=True):
    """A row of a file that changes something, or is not imported: `wrong` says why, column by column.

    `key` is the thing's, `changes` its cells before and after, `thing_id` the id of what was imported.
    """

    __tablename__ = "import_row"
    __table_args__ = (ForeignKeyConstraint(["tenant", "import_number"], ["import.tenant", "import.number"]),)
    tenant: str = Field(primary_key=True)
    import_number: int = Field(primary_key=True)
    row: int = Field(primary_key=True)
    outcome: str
    key: list[str] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    thing_id: str | None = None
    changes: dict[str, list[str]] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    wrong: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
