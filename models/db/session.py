"""Connections and transactions; the only place that commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar, TypeVarTuple, overload
from weakref import WeakSet

from sqlalchemy import ExceptionContext, Interval, String, event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import SQLModel, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select, SelectOfScalar
from ulid import ULID

from models.db.failures import CONNECTION_ERRORS, is_conflict, translated
from models.db.statement import Statement, param
from models.db.timeouts import DatabaseTimeouts
from models.errors import DatabaseUnavailable

T = TypeVar("T")
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")
Row = TypeVar("Row", bound=SQLModel)

# More than there are different statements; a statement that falls out of the cache is prepared again.
_PREPARED = 500

CLOSE_SECONDS = 3
BEGIN, BEGIN_READ = "BEGIN", "BEGIN READ ONLY"
DEFAULT_TIMEOUTS = DatabaseTimeouts()
# Seconds before each repetition of a transaction that PostgreSQL ended in favor of another one.
CONFLICT_DELAYS = (0.02, 0.1, 0.3)

# For updates of rows the session does not read again: finding them in the session costs more than the update.
NO_SYNC: Mapping[str, Any] = MappingProxyType({"synchronize_session": False})


# The parameter of `insert_once` that is no column.
_CHANNEL = "notified_channel"


_NOW = Statement[datetime](select(func.now()))


@cache
def _insert_once(table: type[SQLModel], columns: frozenset[str], due: frozenset[str], notify: bool) -> Statement[Any]:
    values = {
        name: func.statement_timestamp() + param(name, Interval) if name in due else param(name) for name in columns
    }
    inserted = insert(table).values(values).on_conflict_do_nothing()
    return Statement(inserted.returning(func.pg_notify(param(_CHANNEL, String), "")) if notify else inserted)


@contextmanager
def _own_errors() -> Iterator[None]:
    """For what SQLAlchemy has no ExceptionContext of: connecting, and the driver's own transactions and statements."""
    try:
        yield
    except CONNECTION_ERRORS as error:
        own = translated(error)
        if own is None:
            raise
        raise own from error


class Session(AsyncSession):
    """A session with shorthands for queries; only `Database.transaction` commits it.

    Each takes a statement that is composed for this call, or a `Statement` with its parameters.
    """

    def __init__(self, connection: AsyncConnection | None, driver: Any) -> None:
        """Without SQLAlchemy's connection it takes one `Statement`, and nothing else."""
        super().__init__(connection)
        self._driver = driver
        self._left = None if connection else 1

    @overload
    async def all(self, query: Statement[T], **values: Any) -> list[T]: ...
    @overload
    async def all(self, query: SelectOfScalar[T]) -> list[T]: ...
    @overload
    async def all(self, query: Select[*Ts]) -> list[tuple[*Ts]]: ...
    async def all(self, query: Any, **values: Any) -> list[Any]:
        if isinstance(query, Statement):
            return query.results(await self._fetch(query, values))
        return list((await self.exec(query)).all())

    @overload
    async def first(self, query: Statement[T], **values: Any) -> T | None: ...
    @overload
    async def first(self, query: SelectOfScalar[T]) -> T | None: ...
    @overload
    async def first(self, query: Select[*Ts]) -> tuple[*Ts] | None: ...
    async def first(self, query: Any, **values: Any) -> Any:
        if isinstance(query, Statement):
            return next(iter(await self.all(query, **values)), None)
        return (await self.exec(query)).first()

    async def now(self) -> datetime:
        """When the transaction began, by the clock of the database, which all processes share."""
        (now,) = await self.all(_NOW)
        return now

    async def insert(self, row: Row) -> Row:
        """Add the row and flush, so that a violated constraint raises here."""
        self.add(row)
        await self.flush()
        return row

    async def insert_once(self, row: SQLModel, *, notify: str = "", **due: timedelta) -> bool:
        """Insert the row unless its key exists; False if it does. A new row notifies this channel at commit.

        The columns that are named by `due` get the time of the statement plus this.
        """
        values = row.model_dump(exclude_none=True) | due
        statement = _insert_once(type(row), frozenset(values), frozenset(due), bool(notify))
        return bool(await self.affected(statement, **values | ({_CHANNEL: notify} if notify else {})))

    async def affected(self, statement: UpdateBase | Statement[Any], **values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE; return how many rows it changed."""
        if not isinstance(statement, Statement):
            return int((await self.exec(statement)).rowcount)
        await self._before_statement()
        with _own_errors():
            done: str = await self._driver.execute(statement.sql, *statement.arguments(values))
        return int(done.rpartition(" ")[2])  # such as UPDATE 2

    async def _fetch(self, statement: Statement[Any], values: Mapping[str, Any]) -> list[Any]:
        await self._before_statement()
        with _own_errors():
            records: list[Any] = await self._driver.fetch(statement.sql, *statement.arguments(values))
        return records

    async def _before_statement(self) -> None:
        await self.flush_changes()
        if self._left is not None:
            if not self._left:
                raise RuntimeError("A statement alone is a transaction, and so would be the next one.")
            self._left -= 1

    async def flush_changes(self) -> None:
        """As `flush`, but for almost nothing where no row was added, changed or deleted."""
        if self.new or self.dirty or self.deleted:
            await self.flush()

    async def close_if_used(self) -> None:
        if self.in_transaction():
            await self.close()


class Database:
    """A pool of connections to one PostgreSQL database.

    Every transaction raises DatabaseUnavailable if the database doesn't respond or ends it, and InvalidRequest for text
    that can't be stored. Errors of anything else that happens in its block stay as they are.
    """

    def __init__(self, url: str, *, pool_size: int = 20, timeouts: DatabaseTimeouts = DEFAULT_TIMEOUTS) -> None:
        """Take any `postgresql://` URL; the driver is always asyncpg."""
        self.url = make_url(url).set(drivername="postgresql+asyncpg")
        self.timeouts = timeouts
        self._connections: WeakSet[Any] = WeakSet()
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,  # connections that close when they are returned lose what they have prepared
            pool_use_lifo=True,  # few of them do most of the work, and have prepared its statements
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",  # SQLAlchemy begins and commits nothing; `_begin` does
            connect_args={
                # Of SQLAlchemy. After five runs, PostgreSQL may plan a prepared statement for any values; a list is
                # composed for its filters, and read well only if it is planned for them.
                "prepared_statement_cache_size": 0,
                "statement_cache_size": _PREPARED,  # of the driver, for each `Statement`
                "max_cached_statement_lifetime": 0,
                **timeouts.connect_arguments(),
            },
        )
        event.listen(self.engine.sync_engine, "connect", self._remember)
        event.listen(self.engine.sync_engine, "checkout", _discard_if_closed)
        event.listen(self.engine.sync_engine, "handle_error", _translate)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        It is not repeated after a conflict: that is for callers who are themselves repeated, such as activities.
        """
        async with self._begin(BEGIN) as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """A transaction in which PostgreSQL refuses every change."""
        async with self._begin(BEGIN_READ) as session:
            yield session

    @asynccontextmanager
    async def _begin(self, begin: str) -> AsyncIterator[Session]:
        """The transaction is begun and ended by the driver: SQLAlchemy's own takes twice as much CPU."""
        async with AsyncExitStack() as stack:
            connection, driver = await self._connect(stack)
            session = Session(connection, driver)
            stack.push_async_callback(session.close_if_used)
            try:  # the pool rolls nothing back
                with _own_errors():
                    await driver.execute(begin)
                yield session
                await session.flush_changes()
                with _own_errors():
                    done = await driver.execute("COMMIT")
            except BaseException:
                await _roll_back(driver)
                raise
            if done != "COMMIT" and begin != BEGIN_READ:  # that is all PostgreSQL says of it
                raise RuntimeError("The error of a statement was ignored, so nothing of its transaction is stored.")

    async def run(self, work: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **options: P.kwargs) -> T:
        """Do the work in one transaction, and again if PostgreSQL ends it in favor of another transaction.

        The work changes nothing but the database.
        """
        return await self._run(BEGIN, lambda session: work(session, *args, **options))

    async def run_alone(
        self, work: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **options: P.kwargs
    ) -> T:
        """As `run`, for work that is a single `Statement`: it needs no BEGIN and COMMIT around it."""
        return await self._run(None, lambda session: work(session, *args, **options))

    async def run_long(
        self, work: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **options: P.kwargs
    ) -> T:
        """As `run`, for work on thousands of rows: each statement can take as long as `long_statement` says."""
        return await self._run(self.timeouts.begin_long, lambda session: work(session, *args, **options))

    async def _run(self, begin: str | None, work: Callable[[Session], Awaitable[T]]) -> T:
        for delay in CONFLICT_DELAYS:
            try:
                return await self._run_once(begin, work)
            except DatabaseUnavailable as error:
                if not is_conflict(error):
                    raise
            await asyncio.sleep(delay)
        return await self._run_once(begin, work)

    async def _run_once(self, begin: str | None, work: Callable[[Session], Awaitable[T]]) -> T:
        async with self._begin(begin) if begin else self._alone() as session:
            return await work(session)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Session]:
        async with AsyncExitStack() as stack:
            _, driver = await self._connect(stack)
            session = Session(None, driver)
            yield session
            await session.flush_changes()  # there must be none

    async def _connect(self, stack: AsyncExitStack) -> tuple[AsyncConnection, Any]:
        """A connection of the pool, and the driver's."""
        with _own_errors():
            connection = await stack.enter_async_context(self.engine.connect())
            return connection, (await connection.get_raw_connection()).driver_connection

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


async def _roll_back(driver: Any) -> None:
    """A connection that can't be rolled back is closed, so that nothing else continues the transaction."""
    try:
        await driver.execute("ROLLBACK")
    except CONNECTION_ERRORS:
        driver.terminate()
    except BaseException:
        driver.terminate()
        raise


def _translate(context: ExceptionContext) -> Exception | None:
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
