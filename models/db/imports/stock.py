"""Things that are in stock unless something has them that is imported, such as the devices and SIMs of lines."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, or_, select
from sqlmodel import col

from models.db.imports.kind_tables import is_one_of, table_of
from models.db.imports.records import Changes, Loaded
from models.db.locks.tables import LockRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.imports.kind import Column, ImportKind, import_kind, import_kinds
from models.inventory import DeviceStatus, Ownership, SimStatus

_IN_USE = DeviceStatus.ACTIVE.value  # of SIMs, too
_RETIRED = SimStatus.RETIRED.value
_HOLDER = ("person_id", "site_id")


async def take(session: Session, tenant: str, kind: ImportKind, ids: Collection[str]) -> list[dict[str, Any]]:
    """Put into use what these things have and is in stock; returns how it was. It gets their holder if it has none."""
    users, taken = table_of(kind), list[dict[str, Any]]()
    connection = await session.connection()
    for column, things in _uses(kind):
        table = table_of(things)
        held = [name for name in _HOLDER if name in table.c]
        has = (users.c.tenant == table.c.tenant) & (users.c[column.path[0]] == table.c.id)
        query = (
            select(table.c.id, *(table.c[name] for name in held), *(users.c[name].label(f"of_{name}") for name in held))
            .join(users, has)
            .where(users.c.tenant == tenant, is_one_of(users.c.id, ids), users.c.status.not_in(kind.ended))
            .where(table.c.status == _stock(things))
            .with_for_update(of=table)
        )
        rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        given = [
            {"id": row["id"], **{name: row[f"of_{name}" if _is_free(row, held) else name] for name in held}}
            for row in rows
        ]
        await _set(session, tenant, table, _IN_USE, held, given)
        taken += [_as_it_was(things, _stock(things), row, held, now=_IN_USE) for row in rows]
    return taken


async def put_back(
    session: Session, tenant: str, kind: ImportKind, changes: Changes, loaded: Loaded
) -> list[dict[str, Any]]:
    """Put into stock what things had before their cells changed and none in use has; returns how it was.

    What belongs to a person stays with them, and what an open order has claimed with the order.
    """
    released, connection = list[dict[str, Any]](), await session.connection()
    for column, things in _uses(kind):
        cells = {key: one[column.name] for key, one in changes.items() if column.name in one}
        had = [loaded.things[key].fields[column.path[0]] for key, cell in cells.items() if cell.before]
        table = table_of(things)
        held = [name for name in _HOLDER if name in table.c]
        company = [table.c.ownership != Ownership.PERSONAL] if "ownership" in table.c else []
        query = select(table.c.id, *(table.c[name] for name in held)).where(
            table.c.tenant == tenant, is_one_of(table.c.id, had), table.c.status == _IN_USE, *company,
            ~_is_used(things, in_use=True), ~_is_claimed(things),
        )  # fmt: skip
        rows = [dict(row) for row in (await connection.execute(query.with_for_update())).mappings()]
        free = [{"id": row["id"], **dict.fromkeys(held)} for row in rows]
        await _set(session, tenant, table, _stock(things), held, free)
        released += [_as_it_was(things, _IN_USE, row, held, now=_stock(things)) for row in rows]
    return released


async def retire(
    session: Session, tenant: str, kind: ImportKind, changes: Changes, loaded: Loaded
) -> list[dict[str, Any]]:
    """Retire what ends with things that have ended by their changes, as an order would; returns how it was."""
    before = {key: loaded.things[key] for key in changes if key in loaded.things}
    after = {
        key: {**had.texts, **{name: one.after for name, one in changes[key].items()}} for key, had in before.items()
    }
    ended = [had.fields for key, had in before.items() if kind.is_ended(after[key]) and not kind.is_ended(had.texts)]
    retired, connection = list[dict[str, Any]](), await session.connection()
    for column, things in _uses(kind):
        if column.refers and column.refers.ends:
            table = table_of(things)
            this = is_one_of(table.c.id, [fields[column.path[0]] for fields in ended])
            query = select(table.c.id).where(table.c.tenant == tenant, this, table.c.status == _IN_USE)
            query = query.where(~_is_used(things, in_use=True)).with_for_update()
            rows = [{"id": key} for key in (await connection.execute(query)).scalars()]
            await _set(session, tenant, table, _RETIRED, (), rows)
            retired += [_as_it_was(things, _IN_USE, row, (), now=_RETIRED) for row in rows]
    return retired


async def undo(session: Session, tenant: str, moved: Sequence[Mapping[str, Any]]) -> None:
    """Have what was taken or put back as it was, unless it has changed since.

    Raises ActionNotAllowed if what was put back is no longer in stock, or what was retired no longer retired.
    """
    for code, status, now in {(one["kind"], one["status"], one["now"]) for one in moved}:
        things = import_kind(code)
        some = [one for one in moved if (one["kind"], one["status"], one["now"]) == (code, status, now)]
        table = table_of(things)
        held = [name for name in _HOLDER if name in table.c]
        was_taken = status == _stock(things)
        free = [~_is_used(things)] if was_taken else []
        query = select(table.c.id).where(
            table.c.tenant == tenant, is_one_of(table.c.id, [one["id"] for one in some]), table.c.status == now, *free
        )
        connection = await session.connection()
        back = {*(await connection.execute(query.with_for_update())).scalars()}
        if not was_taken and len(back) < len(some):
            what = "retired has changed since" if now == _RETIRED else "put into stock is no longer there"
            raise ActionNotAllowed(f"This can't be undone: a {things.noun} that it {what}.")
        await _set(session, tenant, table, status, held, [one for one in some if one["id"] in back])


def _uses(kind: ImportKind) -> Iterator[tuple[Column, ImportKind]]:
    for column in kind.columns:
        if column.refers and column.refers.in_use:
            yield column, import_kind(column.refers.kind)


def _is_used(things: ImportKind, *, in_use: bool = False) -> ColumnElement[bool]:
    """Whether something has a thing; with `in_use`, something that has not ended."""
    table, found = table_of(things), list[ColumnElement[bool]]()
    for user in import_kinds().values():
        users = table_of(user)
        for column in (column for column, kind in _uses(user) if kind is things):
            has = select(1).where(users.c[column.path[0]] == table.c.id, users.c.tenant == table.c.tenant)
            found.append((has.where(users.c.status.not_in(user.ended)) if in_use else has).exists())
    return or_(*found)


def _is_claimed(things: ImportKind) -> ColumnElement[bool]:
    table = table_of(things)
    this = col(LockRow.tenant) == table.c.tenant, col(LockRow.kind) == things.orders, col(LockRow.id) == table.c.id
    return select(1).where(*this).exists()


def _as_it_was(
    things: ImportKind, status: str, row: Mapping[str, Any], held: Collection[str], *, now: str
) -> dict[str, Any]:
    return {"kind": things.code, "id": row["id"], "status": status, "now": now, **{name: row[name] for name in held}}


def _stock(things: ImportKind) -> str:
    return next(column.stock for column in things.columns if column.stock)


def _is_free(row: Mapping[str, Any], held: Collection[str]) -> bool:
    return all(row[name] is None for name in held)


async def _set(  # noqa: PLR0917 - a statement with its values
    session: Session, tenant: str, table: Table, status: str, held: Collection[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    if rows:
        values = {"status": status, "version": table.c.version + 1, **{name: bindparam(f"to_{name}") for name in held}}
        statement = table.update().where(table.c.tenant == tenant, table.c.id == bindparam("thing")).values(values)
        connection = await session.connection()
        await connection.execute(
            statement, [{"thing": row["id"], **{f"to_{name}": row[name] for name in held}} for row in rows]
        )
