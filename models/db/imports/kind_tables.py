"""The tables of import kinds: conditions on their columns, and statements for many rows at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import (
    ARRAY,
    TEXT,
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
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from models.db import metadata
from models.db.people.tables import TenantRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kind import Column, ImportKind, Key

CARRIERS, VOID = "carriers", "void"
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # it is not typed
Fields = Mapping[str, Any]


def table_of(kind: ImportKind) -> Table:
    return metadata.metadata.tables[kind.table]


def row_type(kind: ImportKind) -> type[SQLModel]:
    mappers = inspect(TenantRow).registry.mappers
    return next(mapper.class_ for mapper in mappers if mapper.local_table is table_of(kind))


def is_plain(column: Column) -> bool:
    return column.refers is None or column.refers.by_key or column.refers.kind == CARRIERS


def has_key(kind: ImportKind, keys: Collection[Key]) -> ColumnElement[bool]:
    """True for all things with these keys, and perhaps for others, which are passed over."""
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
    except IntegrityError:
        detail = f"A {kind.noun} of this file has a value that something else has got meanwhile. Check the file again."
        raise ActionNotAllowed(detail) from None


async def remove(session: Session, kind: ImportKind, rows: Iterable[Fields]) -> None:
    """In one statement, so that they can refer to each other. Raises ActionNotAllowed if something else does."""
    table = table_of(kind)
    keys = [column.name for column in table.primary_key]
    same = " AND ".join(f'"{table.name}"."{name}" = given."{name}"' for name in keys)
    statement = text(
        f'DELETE FROM "{table.name}" '  # noqa: S608 - names of the schema
        f"USING {_given(table, keys)} WHERE {same}"
    ).bindparams(bindparam("rows", type_=JSONB))
    connection = await session.connection()
    documents = [{name: row[name] for name in keys} for row in rows]
    try:
        await connection.execute(statement, {"rows": documents})
    except IntegrityError:
        detail = "Other records use what this import added. Undo later imports first."
        raise ActionNotAllowed(detail) from None


def _given(table: Table, columns: Iterable[str]) -> str:
    """The parameter `rows`, a JSON list, as rows with these columns of the table."""
    typed = (f'"{name}" {table.c[name].type.compile(dialect=_DIALECT)}' for name in columns)
    return f"jsonb_to_recordset(:rows) AS given({', '.join(typed)})"
