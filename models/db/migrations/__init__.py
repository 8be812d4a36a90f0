"""The schema's versions: `migrate` brings a database to the newest one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK = 7_425_104_311  # any number, as long as every process that migrates takes the same


async def migrate(url: str) -> None:
    """Bring the database at `url` (any `postgresql://…`) to the newest version, in one transaction.

    Does nothing where it is there already. Processes that start together wait for each other.
    """
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(lambda bound: command.upgrade(alembic_config(bound), "head"))
    finally:
        await engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Return what alembic's commands need to work on an open connection, without an alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
