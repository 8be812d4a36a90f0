"""What there is of what a file names."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, TEXT, cast, func, or_, select, true

from models.db.catalog import policy_versions
from models.db.imports.kind_tables import CARRIERS, is_one_of, is_plain, read_values, table_of
from models.db.imports.records import Loaded, Names, add_names, load, load_where
from models.db.session import Session
from models.imports.comparison import Existing, Known
from models.imports.kind import Column, ImportKind, Key, Texts, import_kind, import_kinds
from models.imports.sheet import Sheet, references


async def what_is_known(
    session: Session, tenant: str, sheet: Sheet, carriers: Collection[str], *, lock: bool = False
) -> tuple[Known, Loaded]:
    """What a file is compared with."""
    kind = sheet.kind
    loaded = await load(session, tenant, kind, {*sheet.keys()}, lock=lock)
    for carrier in carriers:
        loaded.names.add(CARRIERS, (carrier,), carrier)
    every = [*(row.texts for row in sheet.rows), *(one.texts for one in loaded.things.values())]
    for code, keys in references(kind, every).items():
        if code != CARRIERS and keys:
            await add_names(session, tenant, import_kind(code), loaded.names, keys=keys)
    forms = await _forms(session, {*sheet.keys(), *loaded.by_key}) if kind.one_case else {}
    used = await _used(
        session, tenant, kind, [one.fields["id"] for one in loaded.things.values() if "id" in one.fields]
    )
    things = {
        key: Existing(texts=one.texts, held_by=one.held_by, used_by=used.get(one.fields.get("id"), ""))
        for key, one in loaded.things.items()
    }
    return Known(
        things={forms.get(key, key): things[own] for key, own in loaded.by_key.items()},
        named=loaded.names.aliases,
        today=await _today(session, tenant),
        facts=loaded.names.facts,
        taken=await _taken(session, tenant, kind, every, loaded.names),
        above=await _above(session, tenant, kind),
        forms=forms,
    ), loaded


async def _today(session: Session, tenant: str) -> date:
    zone = (await policy_versions.newest(session, tenant)).time_zone
    return (await session.now()).astimezone(ZoneInfo(zone)).date()


async def _used(session: Session, tenant: str, kind: ImportKind, ids: Collection[str]) -> Mapping[Any, str]:
    """What is called that has these things in use, by their id."""
    found: dict[Any, str] = {}
    connection = await session.connection()
    for user in import_kinds().values():
        table, name = table_of(user), user.by_name[user.key[0]]
        for column in user.columns:
            if ids and column.refers and column.refers.in_use and column.refers.kind == kind.code:
                thing = table.c[column.path[0]]
                here = table.c.tenant == tenant, table.c.status.not_in(user.ended), is_one_of(thing, ids)
                rows = await connection.execute(select(thing, table.c[name.path[0]]).where(*here))
                found |= {one: name.write(value) for one, value in rows.all()}
    return found


async def _forms(session: Session, keys: Collection[Key]) -> Mapping[Key, Key]:
    """The keys in the form in which they are compared."""
    given = func.unnest(cast([key[0] for key in keys], ARRAY(TEXT))).column_valued("given")
    connection = await session.connection()
    rows = await connection.execute(select(given, func.search_form(given)))
    return {(text,): (form,) for text, form in rows.all()}


async def _taken(
    session: Session, tenant: str, kind: ImportKind, every: Collection[Texts], names: Names
) -> Mapping[str, Mapping[str, Key]]:
    """Which things in use have the unique values of these rows."""
    table = table_of(kind)
    found: dict[str, dict[str, Key]] = {}
    for column in kind.columns:
        same = [other for other in kind.columns if other.unique == column.unique]
        if not column.unique or column is not same[0]:
            continue
        texts = {row.get(one.name, "") for one in same for row in every} - {""}
        has = or_(*(is_one_of(table.c[one.path[0]], _values(one, texts, names)) for one in same))
        in_use = table.c.status.not_in(kind.ended) if "status" in table.c else true()
        owners = await load_where(session, tenant, kind, has & in_use)
        found[column.unique] = {
            value: key
            for key, owner in owners.things.items()
            for one in same
            if kind.takes(owner.texts) and (value := one.unique_value(owner.texts))
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
