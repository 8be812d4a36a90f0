"""Watches orders in the database, over a connection whose own statements are not counted."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import URL

from models.lifecycle import FINAL, Status

_ROLE = "watcher"
GRANTS = (
    "CREATE EXTENSION pg_stat_statements",
    f"CREATE ROLE {_ROLE} LOGIN",
    f"GRANT pg_read_all_data, pg_read_all_stats TO {_ROLE}",
)
_INTERVAL = 0.005
_STATUSES = """
SELECT DISTINCT ON (o.id) o.id, o.status, a.id AS approval_id, a.approver_id
FROM "order" o LEFT JOIN approval a ON a.tenant = o.tenant AND a.order_id = o.id AND a.state = 'pending'
WHERE o.tenant = 'acme' AND o.id = ANY($1::text[])
"""
_TRAFFIC = """
SELECT coalesce(sum(s.calls) FILTER (WHERE s.query !~ '^(BEGIN|COMMIT|ROLLBACK)'), 0)::bigint AS statements,
       coalesce(sum(s.calls) FILTER (WHERE s.query ~ '^(COMMIT|ROLLBACK)'), 0)::bigint AS transactions,
       (SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend')
       AS durable_commits
FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database() AND r.rolname <> current_user
"""
_UNSENT = "SELECT count(*) FROM notification WHERE state = 'waiting'"


@dataclass(frozen=True, kw_only=True)
class BenchStatus:
    """An order's status, and its pending approval if it has one."""

    id: str
    status: Status
    approval_id: str | None
    approver_id: str | None


@dataclass(frozen=True, kw_only=True)
class DatabaseTraffic:
    """`durable_commits` are those that had a connection wait for the disk; others that waited with it don't count."""

    statements: float
    transactions: float
    durable_commits: float


class Watcher:
    """Polls the orders that are waited for, all in one query."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._waiting: dict[str, tuple[Collection[Status], asyncio.Future[BenchStatus]]] = {}

    @property
    def pid(self) -> int:
        """The server process of this connection."""
        return int(self._connection.get_server_pid())

    async def wait_for(self, order_id: str, *statuses: Status) -> BenchStatus:
        waiting = asyncio.Future[BenchStatus]()
        self._waiting[order_id] = ({*statuses, *FINAL}, waiting)
        try:
            found = await waiting
        finally:
            del self._waiting[order_id]
        assert found.status in statuses, f"order {order_id} ended as {found.status}"
        return found

    async def emails_sent(self) -> None:
        """Wait until no email waits to be sent."""
        while (await self.fetch(_UNSENT))[0][0]:
            await asyncio.sleep(10 * _INTERVAL)

    async def traffic(self) -> DatabaseTraffic:
        """What all others have sent so far. PostgreSQL tells of waits for the disk up to ten seconds later."""
        ((statements, transactions, durable_commits),) = await self.fetch(_TRAFFIC)
        return DatabaseTraffic(statements=statements, transactions=transactions, durable_commits=durable_commits)

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        async with self._lock:
            rows: list[asyncpg.Record] = await self._connection.fetch(query, *values)
            return rows

    async def poll(self) -> None:
        """Run until canceled."""
        while True:
            rows = await self.fetch(_STATUSES, list(self._waiting)) if self._waiting else ()
            for row in rows:
                statuses, waiting = self._waiting.get(row["id"], (frozenset[Status](), None))
                if waiting and row["status"] in statuses and not waiting.done():
                    waiting.set_result(BenchStatus(**{**row, "status": Status(row["status"])}))
            # A query for many orders costs more, and its answer is less urgent.
            await asyncio.sleep(_INTERVAL * (1 + len(self._waiting) / 20))


@asynccontextmanager
async def open_watcher(url: URL) -> AsyncIterator[Watcher]:
    """A watcher with its own role, which needs `GRANTS`."""
    dsn = url.set(drivername="postgresql", username=_ROLE).render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    watcher = Watcher(connection)
    async with asyncio.TaskGroup() as group:
        polling = group.create_task(watcher.poll())
        yield watcher
        polling.cancel()
    await connection.close()
