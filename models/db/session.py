"""Connections and transactions; the only place that commits."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession as Session
from ulid import ULID

__all__ = ["UNSEEN", "Database", "Session", "new_id", "utc_now"]

# More than there are different statements; each that is dropped is prepared anew.
_PREPARED = 500


# For updates of rows that nobody looks at again in the same session: working out which of them it holds costs more
# than the update.
UNSEEN: Mapping[str, Any] = MappingProxyType({"synchronize_session": False})


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Take any `postgresql://` URL; the driver is always asyncpg."""
        self.url = make_url(url).set(drivername="postgresql+asyncpg")
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            hide_parameters=True,
            connect_args={"prepared_statement_cache_size": _PREPARED},
        )
        event.listen(self.engine.sync_engine, "checkout", _still_open)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _still_open(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool connect anew where the server has hung up: asyncpg has noticed, no ping has to ask."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def new_id() -> str:
    """A fresh ULID: 26 characters, sorted by time."""
    return str(ULID())


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
