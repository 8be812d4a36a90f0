"""The tables of import kinds: conditions on their columns, and statements for many rows at once."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import (
    ARRAY,
    TEXT,
    CheckConstraint,
    ColumnElement,
    Dialect,
    LargeBinary,
    Table,
    and_,
    bindparam,
    cast,
    false,
    func,
    inspect,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from models.db import metadata
from models.db.failures import IntegrityError, violated_constraint, violated_values
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kind import Column, ImportKind, Key

CARRIERS, VOID = "carriers", "void"
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # it is not typed
Fields = Mapping[str, Any]


class Clash(Exception):
    """A row that the database doesn't take, if it is known, because of some of its columns."""

    def __init__(self, *, row: Fields | None, columns: Collection[str]) -> None:
        super().__init__()
        self.row, self.columns = row, columns


def table_of(kind: ImportKind) -> Table:
    return metadata.metadata.tables[kind.table]


def row_type(kind: ImportKind) -> type[SQLModel]:
    mappers = inspect(TenantRow).registry.mappers
    return next(mapper.class_ for mapper in mappers if mapper.local_table is table_of(kind))


def is_plain(column: Column) -> bool:
    return column.refers is None or column.refers.by_key or column.refers.kind == CARRIERS


def has_key(kind: ImportKind, keys: Collection[Key]) -> ColumnElement[bool]:
    """True for all things with these keys, and perhaps for others, which are passed over."""
    if kind.one_case:
        column = table_of(kind).c[kind.by_name[kind.key[0]].path[0]]
        given = func.unnest(cast([key[0] for key in keys], ARRAY(TEXT))).column_valued()
        return func.search_form(column).in_(select(func.search_form(given)))
    if kind.any_key:
        return or_(false(), *(_is_any(kind, name, [key[0] for key in keys]) for name in kind.key))
    parts = {name: [key[place] for key in keys] for place, name in enumerate(kind.key)}
    return and_(true(), *(_is_any(kind, name, parts[name]) for name in kind.key if is_plain(kind.by_name[name])))


def _is_any(kind: ImportKind, name: str, texts: Iterable[str]) -> ColumnElement[bool]:
    column = kind.by_name[name]
    return is_one_of(table_of(kind).c[column.path[0]], read_values(column, texts))


def read_values(column: Column, texts: Iterable[str]) -> Iterator[str]:
    """The stored values of those texts that the column can hold."""
    for one in texts:
        with suppress(ValueError):
            yield str(column.parse(one))


def is_one_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """`IN` with one parameter, for any number of values."""
    found: ColumnElement[bool] = column.in_(select(func.unnest(cast(sorted({*values}), ARRAY(TEXT))).column_valued()))
    return found


async def release(session: Session, kind: ImportKind, rows: Collection[Fields]) -> None:
    """Take from rows what only one of them can have, so that one statement can write it anew in any order."""
    table = table_of(kind)
    free = {kind.by_name[kind.unique_while[0]].path[0]: "false"} if kind.unique_while else {}
    for column in (table.c[one.path[0]] for one in kind.columns if one.unique):
        if column.nullable:
            free[column.name] = "NULL"
        elif not column.foreign_keys:
            free[column.name] = f'"{table.name}".id'
    keys = [column.name for column in table.primary_key]
    values = ", ".join(f'"{name}" = {value}' for name, value in free.items())
    await _for_each(session, table, keys, rows, f'UPDATE "{table.name}" SET {values} FROM')  # noqa: S608 - as below


async def analyze(session: Session, kind: ImportKind) -> None:
    """Let PostgreSQL see at once what the table has now. On its own it does a minute later, and plans badly before."""
    await session.exec(text(f'ANALYZE "{table_of(kind).name}"'))  # type: ignore[call-overload] # no SELECT


async def upsert(session: Session, kind: ImportKind, rows: Collection[Fields]) -> None:
    """One statement, so that rows can refer to each other in any order. What is stored sealed stays as it is."""
    table = table_of(kind)
    columns = [one.name for one in table.c if one.computed is None and not isinstance(one.type, LargeBinary)]
    keys = [column.name for column in table.primary_key]
    changed = ", ".join(
        f'"{name}" = "{table.name}".version + 1' if name == "version" else f'"{name}" = excluded."{name}"'
        for name in columns
        if name not in keys
    )
    listed = ", ".join(f'"{name}"' for name in columns)
    statement = text(
        f'INSERT INTO "{table.name}" ({listed}) SELECT {listed} '  # noqa: S608 - names of the schema
        f"FROM {_given(table, columns)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    ).bindparams(bindparam("rows", type_=JSONB))
    connection = await session.connection()
    documents = to_jsonable_python([{name: row.get(name) for name in columns} for row in rows])
    try:
        await connection.execute(statement, {"rows": documents})
    except IntegrityError as error:
        raise _clash(table, rows, error) from error


def _clash(table: Table, rows: Collection[Fields], error: IntegrityError) -> Clash:
    """The row that an error is about is the one that has the values which the database tells with it."""
    names, values = violated_values(error)
    told = [name for name in names if name in table.c]
    wanted = {name: value for name, value in zip(names, values, strict=True) if name in told}
    row = next((one for one in rows if wanted and all(str(one.get(name)) == wanted[name] for name in wanted)), None)
    return Clash(row=row, columns=told or columns_of_constraint(table, violated_constraint(error)))


def columns_of_constraint(table: Table, name: str) -> list[str]:
    """The columns that a constraint or a unique index is about."""
    texts = {str(index.name): " ".join(map(str, index.expressions)) for index in table.indexes}
    texts |= {str(one.name): str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)}
    return [column.name for column in table.c if re.search(rf"\b{column.name}\b", texts.get(name, ""))]


async def remove(session: Session, kind: ImportKind, rows: Iterable[Fields]) -> None:
    """In one statement, so that they can refer to each other. Raises ActionNotAllowed if something else does."""
    table = table_of(kind)
    keys = [column.name for column in table.primary_key]
    try:
        await _for_each(session, table, keys, rows, f'DELETE FROM "{table.name}" USING')  # noqa: S608 - as below
    except IntegrityError:
        detail = "Other records use what this import added. Undo later imports first."
        raise ActionNotAllowed(detail) from None


async def _for_each(
    session: Session, table: Table, keys: Iterable[str], rows: Iterable[Fields], statement: str
) -> None:
    """Run the beginning of a statement for the rows with these keys."""
    same = " AND ".join(f'"{table.name}"."{name}" = given."{name}"' for name in keys)
    whole = text(f"{statement} {_given(table, keys)} WHERE {same}").bindparams(bindparam("rows", type_=JSONB))
    connection = await session.connection()
    await connection.execute(whole, {"rows": [{name: row[name] for name in keys} for row in rows]})


def _given(table: Table, columns: Iterable[str]) -> str:
    """The parameter `rows`, a JSON list, as rows with these columns of the table."""
    typed = (f'"{name}" {table.c[name].type.compile(dialect=_DIALECT)}' for name in columns)
    return f"jsonb_to_recordset(:rows) AS given({', '.join(typed)})"
