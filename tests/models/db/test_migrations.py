"""Migrations on a real server."""

import asyncio
import re
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, func, select

from demo.postgres_server import DatabaseServer
from models.db.inventory.tables import SimRow
from models.db.migrations import migrate as migration
from models.db.migrations.migrate import alembic_config, engine_for_migrations, migrate
from models.db.people.tables import TenantRow
from models.db.session import Database, new_id
from models.inventory import DeviceStatus, LineStatus, SimStatus
from models.lifecycle import ItemState, Status
from models.order import ActorKind, Urgency
from models.product import ProductKind

_LISTED = re.compile(r"'([^']+)'::")


@pytest.fixture
async def empty(postgres: DatabaseServer) -> AsyncIterator[Database]:
    name = f"test_{new_id().lower()}"
    database = Database(await postgres.create_database(name))
    yield database
    await database.close()
    await postgres.drop_database(name)


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


async def _downgrade(database: Database, revision: str) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda bound: command.downgrade(alembic_config(bound), revision))


async def _tables(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda bound: inspect(bound).get_table_names()))


async def test_migrating_an_empty_database_twice_creates_every_table(empty: Database) -> None:
    for _ in range(2):
        await migrate(_url(empty))
    assert await _tables(empty) == {*SQLModel.metadata.tables, "alembic_version"}


@pytest.mark.fault("23")
async def test_a_migration_has_every_time_limit_but_the_one_of_statements(database: Database) -> None:
    engine = engine_for_migrations(_url(database))
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    async with engine.connect() as connection:
        limits = [(await connection.execute(text(f"SHOW {name}"))).scalar_one() for name in names]
    await engine.dispose()
    assert limits == ["0", "3s", "1min"]


@pytest.mark.fault("23")
async def test_a_migration_gives_way_where_a_table_is_locked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "RETRY_DELAYS", (0.0,))
    async with database.transaction() as other:
        await (await other.connection()).execute(text("LOCK TABLE alembic_version"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            async with asyncio.timeout(60):
                await migrate(_url(database))


@pytest.mark.fault("23")
async def test_a_migration_tries_again_when_the_table_is_free(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade, gave_way = migration._upgrade, asyncio.Event()

    async def observed(engine: AsyncEngine) -> None:
        try:
            await upgrade(engine)
        except DBAPIError:
            gave_way.set()
            raise

    monkeypatch.setattr(migration, "_upgrade", observed)
    monkeypatch.setattr(migration, "RETRY_DELAYS", (0.0,))
    async with asyncio.TaskGroup() as tasks, database.transaction() as other:
        await (await other.connection()).execute(text("LOCK TABLE alembic_version"))
        tasks.create_task(migrate(_url(database)))
        async with asyncio.timeout(60):
            await gave_way.wait()


@pytest.mark.fault("23")
async def test_a_migration_waits_as_long_as_another_one_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "RETRY_DELAYS", ())
    async with asyncio.TaskGroup() as tasks, database.transaction() as other:
        await other.exec(select(func.pg_advisory_xact_lock(migration._LOCK)))
        waiting = tasks.create_task(migrate(_url(database)))
        done, _ = await asyncio.wait([waiting], timeout=migration._TIMEOUTS.lock + 1)
        assert not done


async def test_migrations_and_tables_match(database: Database) -> None:
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda bound: compare_metadata(MigrationContext.configure(bound), SQLModel.metadata)
        )
    assert differences == []


async def test_the_names_of_the_versions_are_in_the_order_of_their_chain(database: Database) -> None:
    async with database.engine.connect() as connection:
        scripts = await connection.run_sync(lambda bound: ScriptDirectory.from_config(alembic_config(bound)))
    chain = [script.revision for script in scripts.walk_revisions()]
    files = [Path(script.path).stem for script in scripts.walk_revisions()]
    assert chain == files == sorted(files, reverse=True)


async def test_every_version_can_be_downgraded(database: Database) -> None:
    await _downgrade(database, "base")
    assert await _tables(database) == {"alembic_version"}
    await migrate(_url(database))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE order_event SET event = 'other'", "DELETE FROM order_event", "TRUNCATE order_event"],
)
async def test_order_events_are_append_only(database: Database, statement: str) -> None:
    async with database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="order_event is append-only"):
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (("order", "status"), Status),
        (("order", "urgency"), Urgency),
        (("order_item", "state"), ItemState),
        (("order_event", "actor_kind"), ActorKind),
        (("line", "status"), LineStatus),
        (("device", "status"), DeviceStatus),
        (("sim", "status"), SimStatus),
        (("product", "kind"), ProductKind),
    ],
)
async def test_the_database_allows_every_value_of_an_enum(
    database: Database, column: tuple[str, str], values: type[StrEnum]
) -> None:
    table, name = column
    query = text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    async with database.engine.connect() as connection:
        allowed = (await connection.execute(query, {"name": f"{table}_{name}_allowed"})).scalar_one()
    assert set(_LISTED.findall(allowed)) == set(values)


async def test_an_unknown_value_is_rejected(database: Database) -> None:
    unknown = SimRow(tenant="acme", id=new_id(), carrier="northwind", status="lost", kind="pSIM")
    with pytest.raises(DBAPIError, match="sim_status_allowed"):
        await _insert(database, TenantRow(id="acme", name="Acme"), unknown)


async def _insert(database: Database, *rows: SQLModel) -> None:
    async with database.transaction() as session:
        for row in rows:
            session.add(row)
            await session.flush()
