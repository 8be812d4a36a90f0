"""The databases of a running PostgreSQL server."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import URL, make_url

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class DatabaseServer:
    """`url` names a database that always exists, usually `postgres`."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+asyncpg")

    @property
    def url(self) -> str:
        """The URL of the maintenance database, for SQLAlchemy with asyncpg."""
        return _text(self._url)

    def database_url(self, name: str) -> str:
        """The URL of a database, which does not have to exist."""
        return _text(self._url.set(database=name))

    async def database_exists(self, name: str) -> bool:
        async with self._connection() as connection:
            return await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name) is True

    async def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database, as a copy of `template` if given, and return its URL.

        The template must have no connections.
        """
        source = f" TEMPLATE {_quoted(template)} STRATEGY FILE_COPY" if template else ""
        async with self._connection() as connection:
            await connection.execute(f"CREATE DATABASE {_quoted(name)}{source}")
        return self.database_url(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database if it exists, closing its connections."""
        async with self._connection() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(_text(self._url.set(drivername="postgresql")))
        try:
            yield connection
        finally:
            await connection.close()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _quoted(name: str) -> str:
    """Only plain names are accepted, since PostgreSQL takes no parameters here."""
    if not _PLAIN_NAME.fullmatch(name):
        raise ValueError(f"not a plain database name: {name!r}")
    return f'"{name}"'
