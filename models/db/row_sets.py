"""Inserting any number of rows by one statement that is composed once."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import func, literal_column
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlmodel import SQLModel, select

from models.db.statement import param


def inserting(table: type[SQLModel], **computed: Any) -> Insert:
    """Inserts the rows that its parameter `rows` has, as `documents` makes them, with computed values of columns."""
    names = [*table.model_fields]
    of_type: Any = literal_column(f'NULL::"{table.__tablename__}"')
    rows = func.jsonb_populate_recordset(of_type, param("rows", JSONB)).table_valued(*names)
    columns: list[Any] = [computed.get(name, rows.c[name]) for name in names]
    return insert(table).from_select(names, select(*columns).select_from(rows))


def documents(rows: Iterable[SQLModel]) -> list[dict[str, Any]]:
    return [to_jsonable_python(row.model_dump()) for row in rows]
