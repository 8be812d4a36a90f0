"""Entry point of alembic: uses the connection of `migrate`, or opens `alembic -x url=postgresql://… <command>`."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from models.db.metadata import metadata
from models.db.migrations.migrate import engine_for_migrations


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_run(url: str) -> None:
    engine = engine_for_migrations(url)
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


if "connection" in context.config.attributes:
    _run(context.config.attributes["connection"])
else:
    asyncio.run(_connect_and_run(context.get_x_argument(as_dictionary=True)["url"]))
