"""Upgrades the database to the newest schema."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.db.failures import is_unavailable
from models.db.timeouts import DatabaseTimeouts

_LOCK = 7_425_104_311  # an arbitrary number, the same in every process
# While a migration waits for a table, everyone else waits behind it: it gives way soon, and tries again.
_TIMEOUTS = DatabaseTimeouts(lock=3)
RETRY_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds


async def migrate(url: str) -> None:
    """Upgrade the database at `url` (any `postgresql://…`) to the newest version, in one transaction.

    Idempotent. Processes that migrate at the same time wait for each other.
    """
    engine = engine_for_migrations(url)
    try:
        for delay in RETRY_DELAYS:
            try:
                return await _upgrade(engine)
            except DBAPIError as error:
                if not is_unavailable(error):
                    raise
            await asyncio.sleep(delay)
        await _upgrade(engine)
    finally:
        await engine.dispose()


def engine_for_migrations(url: str) -> AsyncEngine:
    """With the time limits of any connection, except that a statement may take as long as it needs."""
    limits = _TIMEOUTS.connect_arguments(statement_timeout="0") | {"command_timeout": None}
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool, connect_args=limits
    )


async def _upgrade(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL lock_timeout = 0"))  # the process that migrates now has limits
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.execute(text("RESET lock_timeout"))
        await connection.run_sync(lambda bound: command.upgrade(alembic_config(bound), "head"))


def alembic_config(connection: Connection) -> Config:
    """The configuration for alembic commands on an open connection, without an alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
