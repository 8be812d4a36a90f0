"""Things that are in stock until something that is imported has them, such as the devices and SIMs of lines."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, select

from models.db.imports.kind_tables import is_one_of, table_of
from models.db.session import Session
from models.imports.kind import Column, ImportKind, import_kind, import_kinds
from models.inventory import DeviceStatus

_IN_USE = DeviceStatus.ACTIVE.value  # of SIMs, too
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
        taken += [{"kind": things.code, "id": row["id"], **{name: row[name] for name in held}} for row in rows]
    return taken


async def give_back(session: Session, tenant: str, taken: Sequence[Mapping[str, Any]]) -> None:
    """Put back into stock what nothing has anymore, and what is as it was taken otherwise."""
    for code in {one["kind"] for one in taken}:
        things = import_kind(code)
        table = table_of(things)
        held = [name for name in _HOLDER if name in table.c]
        used = [
            table_of(user).c[column.path[0]] == table.c.id
            for user in import_kinds().values()
            for column, found in _uses(user)
            if found is things
        ]
        free = (~select(1).where(one, one.left.table.c.tenant == tenant).exists() for one in used)
        query = select(table.c.id).where(
            table.c.tenant == tenant,
            is_one_of(table.c.id, [one["id"] for one in taken if one["kind"] == code]),
            table.c.status == _IN_USE,
            *free,
        )
        connection = await session.connection()
        back = {*(await connection.execute(query.with_for_update())).scalars()}
        await _set(session, tenant, table, _stock(things), held, [one for one in taken if one["id"] in back])


def _uses(kind: ImportKind) -> Iterator[tuple[Column, ImportKind]]:
    for column in kind.columns:
        if column.refers and column.refers.in_use:
            yield column, import_kind(column.refers.kind)


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
