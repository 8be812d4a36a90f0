"""Upgrades the database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK = 7_425_104_311  # an arbitrary number, the same in every process


async def migrate(url: str) -> None:
    """Upgrade the database at `url` (any `postgresql://…`) to the newest version, in one transaction.

    Idempotent. Processes that migrate at the same time wait for each other.
    """
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(lambda bound: command.upgrade(alembic_config(bound), "head"))
    finally:
        await engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """The configuration for alembic commands on an open connection, without an alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
