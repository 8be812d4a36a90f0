"""Connections and transactions; the only place that commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar, TypeVarTuple, overload
from weakref import WeakSet

from sqlalchemy import ColumnElement, ExceptionContext, event, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import SQLModel, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select, SelectOfScalar
from ulid import ULID

from models.db.failures import CONNECTION_ERRORS, is_conflict, translated
from models.db.timeouts import DatabaseTimeouts
from models.errors import DatabaseUnavailable, InvalidRequest

T = TypeVar("T")
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")
Row = TypeVar("Row", bound=SQLModel)

# More than there are different statements; a statement that falls out of the cache is prepared again.
_PREPARED = 500

CLOSE_SECONDS = 3
DEFAULT_TIMEOUTS = DatabaseTimeouts()
# Seconds before each repetition of a transaction that PostgreSQL ended in favor of another one.
CONFLICT_DELAYS = (0.02, 0.1, 0.3)

# For updates of rows the session does not read again: finding them in the session costs more than the update.
NO_SYNC: Mapping[str, Any] = MappingProxyType({"synchronize_session": False})


class Session(AsyncSession):
    """A session with shorthands for queries; only `Database.transaction` commits it."""

    @overload
    async def all(self, query: SelectOfScalar[T]) -> list[T]: ...
    @overload
    async def all(self, query: Select[*Ts]) -> list[tuple[*Ts]]: ...
    async def all(self, query: Any) -> list[Any]:
        return list((await self.exec(query)).all())

    @overload
    async def first(self, query: SelectOfScalar[T]) -> T | None: ...
    @overload
    async def first(self, query: Select[*Ts]) -> tuple[*Ts] | None: ...
    async def first(self, query: Any) -> Any:
        return (await self.exec(query)).first()

    async def now(self) -> datetime:
        """When the transaction began, by the clock of the database, which all processes share."""
        return (await self.exec(select(func.now()))).one()

    async def insert(self, row: Row) -> Row:
        """Add the row and flush, so that a violated constraint raises here."""
        self.add(row)
        await self.flush()
        return row

    async def insert_once(self, row: SQLModel, *, notify: str | None = None, **computed: ColumnElement[Any]) -> bool:
        """Insert the row unless its key exists; False if it does. A new row notifies this channel at commit.

        The database computes the columns that are named by `computed`.
        """
        values = row.model_dump(exclude_none=True) | computed
        returning = func.pg_notify(notify, "") if notify else literal(1)
        inserted = insert(type(row)).values(values).on_conflict_do_nothing().returning(returning)
        return (await self.exec(inserted)).first() is not None

    async def affected(self, statement: UpdateBase) -> int:
        """Run an UPDATE or DELETE; return how many rows it changed."""
        return int((await self.exec(statement)).rowcount)


class Database:
    """A pool of connections to one PostgreSQL database.

    Every transaction raises DatabaseUnavailable if the database doesn't respond or ends it, and InvalidRequest for text
    that can't be stored. Errors of anything else that happens in its block stay as they are.
    """

    def __init__(self, url: str, *, pool_size: int = 10, timeouts: DatabaseTimeouts = DEFAULT_TIMEOUTS) -> None:
        """Take any `postgresql://` URL; the driver is always asyncpg."""
        self.url = make_url(url).set(drivername="postgresql+asyncpg")
        self.timeouts = timeouts
        self._connections: WeakSet[Any] = WeakSet()
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            hide_parameters=True,
            connect_args={"prepared_statement_cache_size": _PREPARED, **timeouts.connect_arguments()},
        )
        event.listen(self.engine.sync_engine, "connect", self._remember)
        event.listen(self.engine.sync_engine, "checkout", _discard_if_closed)
        event.listen(self.engine.sync_engine, "handle_error", _translate)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        It is not repeated after a conflict: that is for callers who are themselves repeated, such as activities.
        """
        async with self._begin() as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """A transaction in which PostgreSQL refuses every change."""
        async with self._begin(postgresql_readonly=True) as session:
            yield session

    @asynccontextmanager
    async def _begin(self, **execution_options: Any) -> AsyncIterator[Session]:
        async with Session(self.engine, expire_on_commit=False) as session, session.begin():
            await _connect(session, execution_options)
            yield session

    async def run(self, work: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **options: P.kwargs) -> T:
        """Do the work in one transaction, and again if PostgreSQL ends it in favor of another transaction.

        The work changes nothing but the database.
        """
        for delay in CONFLICT_DELAYS:
            try:
                return await self._run_once(work, *args, **options)
            except DatabaseUnavailable as error:
                if not is_conflict(error):
                    raise
            await asyncio.sleep(delay)
        return await self._run_once(work, *args, **options)

    async def _run_once(
        self, work: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **options: P.kwargs
    ) -> T:
        async with self.transaction() as session:
            return await work(session, *args, **options)

    async def close(self) -> None:
        """Say goodbye to the server; if it doesn't answer, leave without."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.engine.dispose()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.terminate()

    def _remember(self, connection: Any, _record: object) -> None:
        self._connections.add(connection.driver_connection)


async def _connect(session: Session, execution_options: Mapping[str, Any]) -> None:
    """Take a connection from the pool before the first statement: what fails until then has no ExceptionContext."""
    try:
        await session.connection(execution_options=execution_options)
    except CONNECTION_ERRORS as error:
        own = translated(error)
        if own is None:
            raise
        raise own from error


def _translate(context: ExceptionContext) -> DatabaseUnavailable | InvalidRequest | None:
    """The error to raise in place of one of a statement, a commit or a rollback."""
    error = context.sqlalchemy_exception or context.original_exception
    return translated(error) if isinstance(error, Exception) else None


def _discard_if_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Make the pool reconnect where the server has closed the connection: asyncpg knows without a ping."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def new_id() -> str:
    """A fresh ULID: 26 characters, sorted by time."""
    return str(ULID())


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)
