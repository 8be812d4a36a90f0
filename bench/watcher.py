"""Looks where orders stand, by a connection whose statements are not counted."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from models.lifecycle import Status

ROLE = "watcher"
_PAUSE = 0.005
_LOOK = """
SELECT o.id, o.status, a.id AS approval_id, a.approver_id
FROM "order" o LEFT JOIN approval a ON a.tenant = o.tenant AND a.order_id = o.id AND a.state = 'pending'
WHERE o.tenant = 'acme' AND o.id = ANY($1::text[])
"""
_STATEMENTS = """
SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements s
JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database() AND r.rolname <> current_user
AND s.query NOT SIMILAR TO '(BEGIN|COMMIT|ROLLBACK)%'
"""
_UNSENT = "SELECT count(*) FROM notification WHERE state = 'waiting'"


@dataclass(frozen=True, kw_only=True)
class BenchStatus:
    """Where an order stands, and who is asked to decide, under which approval."""

    id: str
    status: Status
    approval_id: str | None
    approver_id: str | None


@dataclass(kw_only=True)
class _Awaited:
    statuses: Collection[Status]
    seen: asyncio.Future[BenchStatus] = field(default_factory=asyncio.Future)


class Watcher:
    """One look for all who wait, again and again for as long as somebody does."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._one_at_a_time = asyncio.Lock()
        self._awaited: dict[str, _Awaited] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process that looks."""
        return int(self._connection.get_server_pid())

    async def reached(self, order_id: str, *statuses: Status) -> BenchStatus:
        """Wait until an order stands at one of these."""
        awaited = self._awaited[order_id] = _Awaited(statuses=statuses)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await awaited.seen

    async def mails_sent(self) -> None:
        """Wait until no mail waits to be sent."""
        while (await self.fetch(_UNSENT))[0][0]:
            await asyncio.sleep(10 * _PAUSE)

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Look something up."""
        async with self._one_at_a_time:
            found: list[asyncpg.Record] = await self._connection.fetch(query, *values)
            return found

    async def statements(self) -> int:
        """How many statements all others have sent so far, not counting those that begin or end a transaction."""
        return int((await self.fetch(_STATEMENTS))[0][0])

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        await self._connection.close()

    async def _look(self) -> None:
        while self._awaited:
            for row in await self.fetch(_LOOK, list(self._awaited)):
                self._tell(BenchStatus(**{**row, "status": Status(row["status"])}))
            # A look at many costs more, and what it finds is wanted less soon.
            await asyncio.sleep(_PAUSE * (1 + len(self._awaited) / 20))

    def _tell(self, standing: BenchStatus) -> None:
        awaited = self._awaited.get(standing.id)
        if awaited is not None and standing.status in awaited.statuses:
            del self._awaited[standing.id]
            awaited.seen.set_result(standing)
        elif standing.status.final:
            raise AssertionError(f"order {standing.id} ended as {standing.status}")
