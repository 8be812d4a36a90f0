"""The things of import kinds in their tables, as the cells of files."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import TEXT, ColumnElement, false, func, literal, or_, select, true
from sqlmodel import col

from models import csv_file
from models.db.imports import policy_records
from models.db.imports.kind_tables import (
    CARRIERS,
    VOID,
    Fields,
    has_key,
    is_one_of,
    is_plain,
    read_values,
    row_type,
    table_of,
    upsert,
)
from models.db.locks.tables import LockRow
from models.db.orders.tables import OrderRow
from models.db.session import Session, new_id
from models.errors import ActionNotAllowed
from models.imports.kind import Column, ImportKind, Key, Reference, Texts, import_kind
from models.imports.plan import CellChange, Existing, Known
from models.imports.sheet import Sheet

Changes = Mapping[Key, Mapping[str, CellChange]]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A thing with its row."""

    fields: Fields
    texts: Texts
    held_by: str = ""


@dataclass
class Names:
    """What things of other kinds are called, by kind: their keys by stored value, and back."""

    keys: dict[str, dict[Any, Key]] = field(default_factory=dict)
    stored: dict[str, dict[Key, Any]] = field(default_factory=dict)
    aliases: dict[str, dict[Key, Key]] = field(default_factory=dict)

    def add(self, kind: str, key: Key, value: Any, *others: str) -> None:
        self.keys.setdefault(kind, {})[value] = key
        self.stored.setdefault(kind, {})[key] = value
        self.aliases.setdefault(kind, {})[key] = key
        self.aliases[kind] |= {(name.lower(),): key for name in others}


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The things of a kind that a file names, or all of them."""

    things: Mapping[Key, Stored]
    names: Names


async def load(
    session: Session, tenant: str, kind: ImportKind, keys: Collection[Key] | None = None, *, lock: bool = False
) -> Loaded:
    """The things with these keys (None: all), in the order of their keys. With `lock`, until the transaction ends.

    Of several with the same key, it is the one in use, else the newest.
    """
    if kind.is_document:
        settings = await policy_records.load(session, tenant, kind)
        things = {key: Stored(fields={}, texts=texts) for key, texts in settings.items()}
        return Loaded(things=things, names=Names())
    return await _load(session, tenant, kind, true() if keys is None else has_key(kind, keys), lock=lock)


async def _load(
    session: Session, tenant: str, kind: ImportKind, which: ColumnElement[bool], *, lock: bool = False
) -> Loaded:
    table = table_of(kind)
    query = select(table).where(table.c.tenant == tenant, which)
    if "status" in table.c:
        query = query.where(table.c.status != VOID).order_by(table.c.status.in_(kind.ended))
    query = query.order_by(*(column.desc() for column in table.primary_key))
    connection = await session.connection()
    rows = [*(await connection.execute(query.with_for_update() if lock else query)).mappings()]
    names = await _names_of(session, tenant, kind, rows)
    held = await _held(session, tenant, kind, [row["id"] for row in rows if "id" in row])
    found: dict[Key, Stored] = {}
    for row in rows:
        texts = _texts(kind, row, names)
        key = kind.key_of(texts)
        if key:
            found.setdefault(key, Stored(fields=row, texts=texts, held_by=held.get(row.get("id"), "")))
    return Loaded(things={key: found[key] for key in sorted(found)}, names=names)


async def known(
    session: Session, tenant: str, sheet: Sheet, carriers: Collection[str], *, lock: bool = False
) -> tuple[Known, Loaded]:
    """What a file is compared with."""
    kind = sheet.kind
    loaded = await load(session, tenant, kind, {*sheet.keys()}, lock=lock)
    for carrier in carriers:
        loaded.names.add(CARRIERS, (carrier,), carrier)
    for code, keys in sheet.references().items():
        if code != CARRIERS and keys:
            await _add_names(session, tenant, import_kind(code), loaded.names, keys=keys)
    return Known(
        things={key: Existing(texts=one.texts, held_by=one.held_by) for key, one in loaded.things.items()},
        named=loaded.names.aliases,
        taken=await _taken(session, tenant, sheet, loaded.names),
        above=await _above(session, tenant, kind),
    ), loaded


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
    names, rows = loaded.names, dict[Key, dict[str, Any]]()
    for key in changes:
        rows[key] = _new_row(tenant, kind, make_id) if key in new else dict(loaded.things[key].fields)
        stored = rows[key].get("id")
        if stored and key in new:
            names.add(kind.code, key, stored)
    for key, cells in changes.items():
        for column in kind.columns:
            if column.name in cells:
                after = {name: cells[name].after for name in cells}
                before = {} if key in new else loaded.things[key].texts
                _set(rows[key], column, {**before, **after}, names)
    if rows:
        await upsert(session, kind, [*rows.values()])
    return {key: row["id"] for key, row in rows.items() if "id" in row}


async def add_former_names(session: Session, tenant: str, kind: ImportKind, changes: Changes, names: Names) -> None:
    """Add what the cells are changed back to. Raises ActionNotAllowed if one of these things is no longer there."""
    for column in kind.columns:
        if column.refers is None or is_plain(column):
            continue
        texts = [{name: cell.after for name, cell in cells.items()} for cells in changes.values()]
        keys = {key for one in texts for key in _keys(column.refers, one.get(column.name, ""), one, column.several)}
        code = column.refers.kind
        if keys:
            await _add_names(session, tenant, import_kind(code), names, keys=keys)
        for key in sorted(keys - names.stored.get(code, {}).keys()):
            noun = import_kind(code).noun
            raise ActionNotAllowed(f"This can't be undone: the {noun} {' '.join(key)} is no longer there.")


def _new_row(tenant: str, kind: ImportKind, make_id: Callable[[], str]) -> dict[str, Any]:
    """With the defaults of the table; what the file must have is not there yet."""
    fields = {"tenant": tenant} | ({"id": make_id()} if "id" in table_of(kind).c else {})
    return row_type(kind)(**fields).model_dump()


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
            await _add_names(session, tenant, import_kind(code), names, ids=wanted)
    return names


async def _add_names(
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
    columns = [table.c[kind.by_name[name].path[0]] for name in kind.key]
    alias = table.c[kind.by_name[kind.also_known_by].path[0]] if kind.also_known_by else literal(None, TEXT)
    named = has_key(kind, keys) | is_one_of(func.lower(alias), (key[0].lower() for key in keys))
    found = or_(named, is_one_of(table.c.id, ids) if ids else false())
    own = table.c.id if "id" in table.c else columns[-1]
    query = select(own, alias, *columns).where(table.c.tenant == tenant, found)
    if "status" in table.c:  # those in use last, as they have the key
        query = query.where(table.c.status != VOID).order_by(table.c.status.not_in(kind.ended))
    connection = await session.connection()
    for stored, other_name, *parts in (await connection.execute(query)).all():
        texts = {name: kind.by_name[name].write(part) for name, part in zip(kind.key, parts, strict=True)}
        others = texts.values() if kind.any_key else [other_name]
        names.add(kind.code, kind.key_of(texts), stored, *filter(None, others))


async def _held(session: Session, tenant: str, kind: ImportKind, ids: Collection[str]) -> Mapping[Any, str]:
    """The numbers of the open orders that change these lines or devices, by id."""
    if not kind.orders or not ids:
        return {}
    query = (
        select(col(LockRow.id), col(OrderRow.number))
        .join(OrderRow, (col(OrderRow.tenant) == col(LockRow.tenant)) & (col(OrderRow.id) == col(LockRow.order_id)))
        .where(col(LockRow.tenant) == tenant, col(LockRow.kind) == kind.orders, is_one_of(col(LockRow.id), ids))
    )
    connection = await session.connection()
    rows = (await connection.execute(query)).all()
    return {row[0]: row[1] for row in rows}


async def _taken(session: Session, tenant: str, sheet: Sheet, names: Names) -> Mapping[str, Mapping[str, Key]]:
    """Which things in use have the unique values of a file."""
    kind, table = sheet.kind, table_of(sheet.kind)
    found: dict[str, dict[str, Key]] = {}
    for column in kind.columns:
        same = [other for other in kind.columns if other.unique == column.unique]
        if not column.unique or column is not same[0]:
            continue
        texts = {row.texts.get(one.name, "") for one in same for row in sheet.rows} - {""}
        has = or_(*(is_one_of(table.c[one.path[0]], _values(one, texts, names)) for one in same))
        in_use = table.c.status.not_in(kind.ended) if "status" in table.c else true()
        owners = await _load(session, tenant, kind, has & in_use)
        found[column.unique] = {
            value: key
            for key, owner in owners.things.items()
            for one in same
            if (value := one.unique_value(owner.texts))
        }
    return found


def _values(column: Column, texts: Collection[str], names: Names) -> Iterable[str]:
    if is_plain(column) or column.refers is None:
        return read_values(column, texts)
    stored = names.stored.get(column.refers.kind, {})
    return [stored[text,] for text in texts if (text,) in stored]


async def _above(session: Session, tenant: str, kind: ImportKind) -> Mapping[Key, Key]:
    if not kind.tree:
        return {}
    table = table_of(kind)
    above = table.alias()
    key, parent = kind.by_name[kind.key[0]].path[0], kind.by_name[kind.tree].path[0]
    query = (
        select(table.c[key], above.c[key])
        .join(above, (above.c.tenant == table.c.tenant) & (above.c.id == table.c[parent]))
        .where(table.c.tenant == tenant)
    )
    connection = await session.connection()
    return {(one,): (other,) for one, other in (await connection.execute(query)).all()}
