"""The things of import kinds in their tables, as the cells of files."""

from asyncio import to_thread
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlmodel import col

from models import csv_file
from models.db.imports import policy_records
from models.db.imports.kind_tables import (
    CARRIERS,
    VOID,
    Clash,
    Fields,
    has_key,
    is_one_of,
    is_plain,
    release,
    row_type,
    table_of,
    upsert,
)
from models.db.locks import locks
from models.db.locks.tables import LockRow
from models.db.orders.tables import OrderRow
from models.db.session import Session, new_id
from models.errors import ActionNotAllowed, FieldError
from models.imports.kind import Column, ImportKind, Key, Reference, Texts, facts_about, import_kind
from models.imports.plan import CellChange

Changes = Mapping[Key, Mapping[str, CellChange]]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A thing with its row."""

    fields: Fields
    texts: Texts
    held_by: str = ""


@dataclass
class Names:
    """What things of other kinds are called, by kind: their keys by stored value, and back.

    `facts` decide what can name them.
    """

    keys: dict[str, dict[Any, Key]] = field(default_factory=dict)
    facts: dict[str, dict[Key, Texts]] = field(default_factory=dict)
    stored: dict[str, dict[Key, Any]] = field(default_factory=dict)
    aliases: dict[str, dict[Key, Key]] = field(default_factory=dict)

    def add(self, kind: str, key: Key, value: Any, *others: str) -> None:
        self.keys.setdefault(kind, {})[value] = key
        self.stored.setdefault(kind, {})[key] = value
        self.aliases.setdefault(kind, {})[key] = key
        self.aliases[kind] |= {(name.lower(),): key for name in others}


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The things of a kind that a file names, or all of them, by their own key. `by_key` has their other keys, too."""

    things: Mapping[Key, Stored]
    names: Names
    by_key: Mapping[Key, Key] = field(default_factory=dict)


async def load(
    session: Session, tenant: str, kind: ImportKind, keys: Collection[Key] | None = None, *, lock: bool = False
) -> Loaded:
    """The things with these keys (None: all), in the order of their keys. With `lock`, until the transaction ends.

    Of several with the same key, it is the one in use, else the newest.
    """
    if kind.is_document:
        settings = await policy_records.load(session, tenant, kind)
        things = {key: Stored(fields={}, texts=texts) for key, texts in settings.items()}
        return Loaded(things=things, names=Names(), by_key={key: key for key in things})
    return await load_where(session, tenant, kind, true() if keys is None else has_key(kind, keys), lock=lock)


async def load_where(
    session: Session, tenant: str, kind: ImportKind, which: ColumnElement[bool], *, lock: bool = False
) -> Loaded:
    table = table_of(kind)
    query = select(table).where(table.c.tenant == tenant, which)
    if "status" in table.c:
        query = query.where(table.c.status != VOID).order_by(table.c.status.in_(kind.ended))
    query = query.order_by(*(column.desc() for column in table.primary_key))
    connection = await session.connection()
    rows = [*(await connection.execute(query.with_for_update(key_share=True) if lock else query)).mappings()]
    names = await _names_of(session, tenant, kind, rows)
    held = await _held(session, tenant, kind, [row["id"] for row in rows if "id" in row])
    return await to_thread(_loaded, kind, rows, names, held)


def _loaded(kind: ImportKind, rows: Collection[Fields], names: Names, held: Mapping[Any, str]) -> Loaded:
    found: dict[Key, Stored] = {}
    by_key: dict[Key, Key] = {}
    for row in rows:
        texts = _texts(kind, row, names)
        if key := kind.key_of(texts):
            found.setdefault(key, Stored(fields=row, texts=texts, held_by=held.get(row.get("id"), "")))
        for other in kind.keys_of(texts):
            by_key.setdefault(other, key)
    return Loaded(things={key: found[key] for key in sorted(found)}, names=names, by_key=by_key)


async def export(session: Session, tenant: str, kind: ImportKind) -> Iterator[str]:
    """The lines of a file with all things of a kind; importing it changes nothing."""
    things = (await load(session, tenant, kind)).things.values()
    rows = (tuple(thing.texts[name] for name in kind.header) for thing in things)
    return csv_file.write((kind.first_row, kind.header, *rows))


async def save(
    session: Session,
    tenant: str,
    kind: ImportKind,
    changes: Changes,
    loaded: Loaded,
    *,
    new: Collection[Key],
    by: str,
    make_id: Callable[[], str] = new_id,
) -> Mapping[Key, str]:
    """Write new and changed things in one statement; returns the ids of those that have one.

    A `new` thing can have the key of one that has ended, which stays as it is.
    """
    if kind.is_document:
        await policy_records.save(session, tenant, kind, changes, by=by)
        return {}
    row_of_new = row_type(kind)(tenant=tenant).model_dump()
    rows, moving = await to_thread(_changed_rows, kind, changes, loaded, new, make_id, row_of_new)
    if moving:
        await release(session, kind, moving)
    await _write(session, kind, rows)
    return {key: row["id"] for key, row in rows.items() if "id" in row}


def _changed_rows(  # noqa: PLR0917 - what `save` has
    kind: ImportKind,
    changes: Changes,
    loaded: Loaded,
    new: Collection[Key],
    make_id: Callable[[], str],
    row_of_new: dict[str, Any],
) -> tuple[dict[Key, dict[str, Any]], list[Fields]]:
    """The rows as they are to be written, and those that give something up, as they are.

    `row_of_new` has the defaults of the table; what the file must have is not there yet.
    """
    names, rows, moving = loaded.names, dict[Key, dict[str, Any]](), list[Fields]()
    for key in changes:
        rows[key] = deepcopy(row_of_new) if key in new else dict(loaded.things[key].fields)
        if key in new and "id" in table_of(kind).c:
            rows[key]["id"] = make_id()
            names.add(kind.code, key, rows[key]["id"])
    for key, cells in changes.items():
        before = {} if key in new else loaded.things[key].texts
        after = {**before, **{name: cell.after for name, cell in cells.items()}}
        for name in cells:
            _set(rows[key], kind.by_name[name], after, names)
        if key not in new and _gives_up(kind, before, after):
            moving.append(loaded.things[key].fields)
    return rows, moving


async def add_former_names(session: Session, tenant: str, kind: ImportKind, changes: Changes, names: Names) -> None:
    """Add what the cells are changed back to. Raises ActionNotAllowed if one of these things is no longer there."""
    for column in kind.columns:
        if column.refers is None or is_plain(column):
            continue
        texts = [{name: cell.after for name, cell in cells.items()} for cells in changes.values()]
        keys = {key for one in texts for key in _keys(column.refers, one.get(column.name, ""), one, column.several)}
        code = column.refers.kind
        if keys:
            await add_names(session, tenant, import_kind(code), names, keys=keys)
        for key in sorted(keys - names.stored.get(code, {}).keys()):
            noun = import_kind(code).noun
            raise ActionNotAllowed(f"This can't be undone: the {noun} {' '.join(key)} is no longer there.")


async def _write(session: Session, kind: ImportKind, rows: Mapping[Key, Fields]) -> None:
    try:
        if rows:
            await upsert(session, kind, [*rows.values()])
    except Clash as clash:
        raise _taken_meanwhile(kind, rows, clash) from clash


def _taken_meanwhile(kind: ImportKind, rows: Mapping[Key, Fields], clash: Clash) -> ActionNotAllowed:
    key = next((key for key, row in rows.items() if row is clash.row), None)
    names = [column.name for column in kind.columns if column.path[0] in clash.columns]
    what = f"{kind.noun} {' '.join(key)}" if key else f"{kind.noun} of this file"
    which = f" ({', '.join(names)})" if names else ""
    detail = f"The {what} has a value{which} that something else has got meanwhile. Check the file again."
    errors = [FieldError(code="CHANGED_SINCE", field=name, detail=detail) for name in names]
    return ActionNotAllowed(detail, errors=errors)


def _gives_up(kind: ImportKind, before: Texts, after: Texts) -> bool:
    """Whether another thing can have a unique value of this one afterwards."""
    unique = [column for column in kind.columns if column.unique]
    had, has = ([one.unique_value(texts) if kind.takes(texts) else "" for one in unique] for texts in (before, after))
    return had != has


def _set(row: dict[str, Any], column: Column, texts: Texts, names: Names) -> None:
    name, inner = column.path
    value = _stored(column, texts, names)
    if inner is None:
        row[name] = value
        return
    inside = dict(row[name] or {})
    inside.pop(inner, None)
    row[name] = inside | ({} if value is None else {inner: value})


def _stored(column: Column, texts: Texts, names: Names) -> Any:
    text = texts.get(column.name, "")
    if not column.refers or column.refers.by_key or column.refers.kind == CARRIERS:
        return column.parse(text)
    values = [names.stored[column.refers.kind][key] for key in _keys(column.refers, text, texts, column.several)]
    return values if column.several else next(iter(values), None)


def _keys(refers: Reference, text: str, texts: Texts, several: bool) -> list[Key]:
    beside = tuple(texts.get(name, "") for name in refers.beside)
    return [(*beside, one) for one in (text.split(" | ") if several else [text]) if one]


def _texts(kind: ImportKind, row: Fields, names: Names) -> Texts:
    return {column.name: _text(column, row, names) for column in kind.columns}


def _text(column: Column, row: Fields, names: Names) -> str:
    value = _value(column, row)
    if not column.refers or column.refers.by_key or column.refers.kind == CARRIERS:
        return column.write(value)
    keys = names.keys.get(column.refers.kind, {})
    values = value if column.several else [value]
    return " | ".join(keys[one][-1] for one in values or () if one in keys)


def _value(column: Column, row: Fields) -> Any:
    name, inner = column.path
    return row[name] if inner is None else (row[name] or {}).get(inner)


async def _names_of(session: Session, tenant: str, kind: ImportKind, rows: Collection[Fields]) -> Names:
    """What the rows refer to by id."""
    names = Names()
    ids: dict[str, set[Any]] = {}
    for column in kind.columns:
        if column.refers and not is_plain(column):
            values = (_value(column, row) for row in rows)
            flat = (one for value in values for one in (value if column.several else [value]) or ())
            ids.setdefault(column.refers.kind, set()).update(one for one in flat if one is not None)
    for code, wanted in ids.items():
        if wanted:
            await add_names(session, tenant, import_kind(code), names, ids=wanted)
    return names


async def add_names(
    session: Session,
    tenant: str,
    kind: ImportKind,
    names: Names,
    *,
    keys: Collection[Key] = (),
    ids: Collection[str] = (),
) -> None:
    """Add the things with these keys, other names or ids; of several with one key, the one in use."""
    table = table_of(kind)
    shown = dict.fromkeys((*kind.key, *kind.also_known_by, *facts_about(kind.code)))
    columns = {name: table.c[kind.by_name[name].path[0]] for name in shown}
    lower = [key[0].lower() for key in keys]
    aliases = (is_one_of(func.lower(columns[name]), lower) for name in kind.also_known_by)
    found = or_(has_key(kind, keys), *aliases, is_one_of(table.c.id, ids) if ids else false())
    own = table.c.id if "id" in table.c else columns[kind.key[-1]]
    query = select(own, *columns.values()).where(table.c.tenant == tenant, found)
    if "status" in table.c:  # those in use last, as they have the key
        query = query.where(table.c.status != VOID).order_by(table.c.status.not_in(kind.ended))
    connection = await session.connection()
    for stored, *values in (await connection.execute(query)).all():
        texts = {name: kind.by_name[name].write(value) for name, value in zip(columns, values, strict=True)}
        key = kind.key_of(texts)
        also = (*kind.key, *kind.also_known_by) if kind.any_key or kind.one_case else kind.also_known_by
        names.add(kind.code, key, stored, *(texts[name] for name in also if texts[name]))
        names.facts.setdefault(kind.code, {})[key] = texts


async def _held(session: Session, tenant: str, kind: ImportKind, ids: Collection[str]) -> Mapping[Any, str]:
    """What changes these lines or devices, by id: the number of an open order, or PLANNED_CHANGE."""
    if not kind.orders or not ids:
        return {}
    query = (
        select(col(LockRow.id), locks.holder())
        .join(OrderRow, (col(OrderRow.tenant) == col(LockRow.tenant)) & (col(OrderRow.id) == col(LockRow.order_id)))
        .where(col(LockRow.tenant) == tenant, col(LockRow.kind) == kind.orders, is_one_of(col(LockRow.id), ids))
    )
    connection = await session.connection()
    rows = (await connection.execute(query)).all()
    return {row[0]: row[1] for row in rows}
