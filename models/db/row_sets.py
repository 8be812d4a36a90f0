"""Inserting any number of rows by one statement that is composed once."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import CTE, exists, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlmodel import SQLModel, select

from models.db.statement import param


def inserting(table: type[SQLModel], *, after: CTE | None = None, **computed: Any) -> Insert:
    """Inserts the rows that its parameter `rows` has, as `documents` makes them, with computed values of columns.

    None of them if `after`, which is part of the statement, returns no row.
    """
    names = [*table.model_fields]
    of_type: Any = literal_column(f'NULL::"{table.__tablename__}"')
    rows = func.jsonb_populate_recordset(of_type, param("rows", JSONB)).table_valued(*names)
    columns: list[Any] = [computed.get(name, rows.c[name]) for name in names]
    query = select(*columns).select_from(rows)
    return insert(table).from_select(names, query if after is None else query.where(exists().select_from(after)))


def documents(rows: Iterable[SQLModel]) -> list[dict[str, Any]]:
    return [to_jsonable_python(row.model_dump()) for row in rows]
