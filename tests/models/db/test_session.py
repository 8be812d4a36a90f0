"""Transactions that PostgreSQL ends in favor of others are repeated."""

import asyncio
import contextlib
from typing import Any

import pytest
from asyncpg import Connection, DataError
from sqlalchemy import Integer, column, table
from sqlalchemy.exc import DBAPIError, UnboundExecutionError
from sqlmodel import col, func, literal, select, text, update

from models.db.clauses import commits_async
from models.db.people.tables import TenantRow
from models.db.session import CONFLICT_DELAYS, Database, Session
from models.db.statement import Statement, param
from models.db.timeouts import DatabaseTimeouts
from models.errors import DatabaseUnavailable, QueryTimeout
from models.settings import Settings
from outbox.bootstrap import database_of


async def add_tenants(database: Database, *names: str) -> None:
    async with database.transaction() as session:
        session.add_all([TenantRow(id=name, name="") for name in names])


@pytest.mark.fault("21")
async def test_both_of_two_transactions_in_a_deadlock_are_done(database: Database) -> None:
    await add_tenants(database, "a", "b")
    both = asyncio.Barrier(2)
    tries = 0

    async def add(session: Session, letter: str, first: str, second: str) -> None:
        nonlocal tries
        tries += 1
        for name in (first, second):
            row = await session.get_one(TenantRow, name, with_for_update=True)
            row.name += letter
            await session.flush()
            if name == first and tries <= 2:
                await both.wait()

    async with asyncio.timeout(30):
        await asyncio.gather(database.run(add, "x", "a", "b"), database.run(add, "y", second="a", first="b"))
    async with database.transaction() as session:
        names = [(await session.get_one(TenantRow, name)).name for name in ("a", "b")]
    assert (tries, [sorted(name) for name in names]) == (3, [["x", "y"]] * 2)


@pytest.mark.fault("21")
@pytest.mark.parametrize(("sqlstate", "expected"), [("40001", 1 + len(CONFLICT_DELAYS)), ("23505", 1)])
async def test_a_conflict_is_repeated_a_few_times_and_no_other_error_is(
    database: Database, sqlstate: str, expected: int
) -> None:
    tries = 0

    async def fail(session: Session) -> None:
        nonlocal tries
        tries += 1
        statement: Any = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
        await session.exec(statement)

    with pytest.raises(DatabaseUnavailable if expected > 1 else DBAPIError):
        await database.run(fail)
    assert tries == expected


@pytest.mark.fault("21")
@pytest.mark.parametrize("statement", [
    "INSERT INTO tenant (id, name) VALUES ('b', '')", "UPDATE tenant SET name = 'x'", "DELETE FROM tenant",
    "SELECT * FROM tenant FOR UPDATE",
])  # fmt: skip
async def test_a_transaction_for_reading_refuses_changes_and_the_next_one_writes(
    database: Database, statement: str
) -> None:
    await add_tenants(database, "a")
    change: Any = text(statement)
    async with database.read() as session:
        (tenant,) = await session.all(select(TenantRow.id))
        with pytest.raises(DBAPIError, match="read-only"):
            await session.exec(change)
    await add_tenants(database, f"next to {tenant}")


_SETTINGS: Any = table("pg_settings", column("name"), column("source"))
_SET_BY = select(_SETTINGS.c.source).where(_SETTINGS.c.name == "synchronous_commit")
_SETTING = Statement[str](_SET_BY)
_NAME = Statement[str](select(col(TenantRow.name)))
_RENAME_TENANTS = Statement[str](
    update(TenantRow).values(name=param("name")).where(commits_async()).returning(_SET_BY.scalar_subquery())
)


async def test_only_a_transaction_with_an_asynchronous_commit_does_not_wait_for_the_disk(database: Database) -> None:
    await add_tenants(database, "a")

    async def set_for(session: Session) -> list[str]:
        return [*await session.all(_RENAME_TENANTS, name="A"), *await session.all(_SETTING)]

    (of_server,) = await database.run(Session.all, _SETTING)
    assert of_server != "session"
    assert await database.run(set_for) == ["session", "session"]
    assert await database.run_alone(Session.all, _SETTING) == [of_server]
    assert await database.run_alone(Session.all, _RENAME_TENANTS, name="B") == ["session"]
    assert await database.run_alone(Session.all, _SETTING) == [of_server]
    assert await database.run_alone(Session.all, _NAME) == ["B"]


async def test_a_statement_alone_is_alone(database: Database) -> None:
    async def two(session: Session) -> None:
        await session.all(_SETTING)
        await session.all(_SETTING)

    async def composed(session: Session) -> None:
        await session.all(select(TenantRow.id))

    async def row(session: Session) -> None:
        session.add(TenantRow(id="a", name=""))

    for work, error in ((two, RuntimeError), (composed, UnboundExecutionError), (row, UnboundExecutionError)):
        with pytest.raises(error):
            await database.run_alone(work)


async def test_a_query_that_is_composed_is_planned_for_its_values_each_time(database: Database) -> None:
    """Other than a `Statement`, which PostgreSQL plans once for all values if that looks as good."""
    named = select(TenantRow.name).where(col(TenantRow.id) == "a")
    fixed = Statement[str](select(TenantRow.name).where(col(TenantRow.id) == param("id")))
    planned_once = text(
        "SELECT coalesce(sum(generic_plans), 0) FROM pg_prepared_statements WHERE statement LIKE 'SELECT tenant.%'"
    )
    async with database.read() as session:
        for _ in range(9):
            await session.all(named)
        connection = await session.connection()
        assert (await connection.execute(planned_once)).scalar() == 0
        for _ in range(9):
            await session.all(fixed, id="a")
        assert (await connection.execute(planned_once)).scalar() == 4


async def test_an_error_that_is_ignored_does_not_look_like_success(database: Database) -> None:
    """PostgreSQL answers COMMIT with a rollback then."""

    async def ignore(session: Session) -> None:
        with contextlib.suppress(DBAPIError):
            await session.exec(select(literal(1) / 0))

    with pytest.raises(RuntimeError, match="nothing of its transaction is stored"):
        await database.run(ignore)


@pytest.mark.parametrize("at", ["BEGIN", "COMMIT"])
async def test_a_transaction_that_is_canceled_leaves_no_other_one_open(
    database: Database, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Neither its reading nor its asynchronous commit may reach who gets the connection next."""
    execute = Connection.execute

    async def canceled(self: Any, query: str, *args: Any) -> Any:
        if at == "BEGIN" and query.startswith(at):
            await execute(self, query, *args)
        if query.startswith(at):
            raise asyncio.CancelledError
        return await execute(self, query, *args)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "execute", canceled)
        with pytest.raises(asyncio.CancelledError):
            async with database.read() as session:
                await session.now()
    await add_tenants(database, "a")


async def test_a_value_that_the_driver_cannot_send_is_a_defect(database: Database) -> None:
    limit = Statement[str](select(col(TenantRow.id)).limit(param("limit", Integer)))
    with pytest.raises(DataError):
        await database.run(lambda session: session.all(limit, limit=2**40))


async def test_a_change_of_the_schema_only_repeats_the_transaction(database: Database) -> None:
    named = Statement[str](select(col(TenantRow.name)))

    async def names(session: Session) -> list[str]:
        return await session.all(named)

    await database.run(names)
    async with database.transaction() as session:
        change: Any = text("ALTER TABLE tenant ALTER COLUMN name TYPE text")
        await session.exec(change)
    assert await database.run(names) == []


@pytest.mark.parametrize(("for_requests", "usual"), [(True, "5s"), (False, "30s")])
async def test_requests_have_a_shorter_limit_unless_they_are_about_whole_files(
    database: Database, *, for_requests: bool, usual: str
) -> None:
    url = database.url.render_as_string(hide_password=False)
    limited = database_of(Settings(environment="development", DATABASE_URL=url), for_requests=for_requests)
    limits = await limited.run(_limits), await limited.run_long(_limits), await limited.run(_limits)
    await limited.close()
    assert [one["statement_timeout"] for one in limits] == [usual, "30s", usual]
    assert {one["idle_in_transaction_session_timeout"] for one in limits} == {"1min"}


async def _limits(session: Session) -> dict[str, str]:
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    return {name: (await session.all(select(func.current_setting(name))))[0] for name in names}


async def test_a_statement_that_takes_too_long_is_stopped_and_the_connection_is_used_again(database: Database) -> None:
    limits = DatabaseTimeouts(statement=0.1, long_statement=30)
    limited = Database(database.url.render_as_string(hide_password=False), pool_size=1, timeouts=limits)
    sleep = Statement[Any](select(func.pg_sleep(0.5)))
    with pytest.raises(QueryTimeout):
        await limited.run(lambda session: session.all(sleep))
    await limited.run_long(lambda session: session.all(sleep))
    await limited.close()
