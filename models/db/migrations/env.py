"""Entry point of alembic: uses the connection of `migrate`, or opens `alembic -x url=postgresql://… <command>`."""

import asyncio

from alembic import context
from sqlalchemy import Connection, NullPool, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from models.db.metadata import metadata


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_run(url: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


if "connection" in context.config.attributes:
    _run(context.config.attributes["connection"])
else:
    asyncio.run(_connect_and_run(context.get_x_argument(as_dictionary=True)["url"]))
