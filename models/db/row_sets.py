"""Inserting any number of rows by one statement that is composed once."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import func, insert, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel, select

from models.db.statement import Statement, param


def inserting(table: type[SQLModel]) -> Statement[None]:
    """Inserts the rows that its parameter `rows` has, as `documents` makes them."""
    names = [*table.model_fields]
    of_type: Any = literal_column(f'NULL::"{table.__tablename__}"')
    rows = func.jsonb_populate_recordset(of_type, param("rows", JSONB)).table_valued(*names)
    columns: list[Any] = [rows.c[name] for name in names]
    return Statement(insert(table).from_select(names, select(*columns)))


def documents(rows: Iterable[SQLModel]) -> list[dict[str, Any]]:
    return [to_jsonable_python(row.model_dump()) for row in rows]
