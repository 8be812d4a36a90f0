"""Repeats the recorded work of an order, with nothing around it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiosmtplib
import asyncpg
import httpx2

from bench.bare.work import Commit, Kind, Transaction, Work
from models.db.session import BEGIN, BEGIN_READ

_CONNECTIONS = 10
_ADDRESS = "bench@example.com"
_HEADERS, _LINE = b"Subject: bench\r\n\r\n", b"x" * 76 + b"\r\n"
_SCHEMA = """
CREATE TABLE stored (statement integer, value text);
CREATE INDEX ON stored (statement);
CREATE TABLE written (id bigint PRIMARY KEY, value text);
"""
_BEGIN = {Commit.DURABLE: BEGIN, Commit.ASYNC: BEGIN, Commit.READ: BEGIN_READ}
_ASYNC = " WHERE set_config('synchronous_commit', 'off', true) = 'off'"
_SELECT = "SELECT value FROM stored WHERE statement = $1 AND $2::text IS NOT NULL"
_INSERT = "INSERT INTO written (id, value) SELECT $1, $2"
_UPDATE = "UPDATE written SET value = $2 WHERE id = $1"


@dataclass(kw_only=True)
class Replay:
    """`_ids` are those of the rows that it inserts."""

    work: Work
    connections: asyncio.Queue[Any]
    carrier: httpx2.AsyncClient
    smtp_port: int
    _ids: Iterator[int] = field(default_factory=count)

    async def run(self) -> None:
        """All transactions, calls to carriers and emails of one order."""
        number, order_row = 0, None
        for transaction in self.work.transactions:
            order_row = await self._transaction(transaction, number, order_row)
            number += len(transaction.statements)
        for call in self.work.calls:
            response = await self.carrier.post(f"/answer/{call.returned}", content=b"x" * call.sent)
            response.raise_for_status()
        for sizes in self.work.emails:
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.smtp_port, local_hostname="bench") as client:
                for size in sizes:
                    await client.sendmail(_ADDRESS, _ADDRESS, _HEADERS + _LINE * (size // len(_LINE)))

    async def _transaction(self, transaction: Transaction, number: int, order_row: int | None) -> int | None:
        """Returns the row that the order's updates change: the first one that it inserted."""
        connection = await self.connections.get()
        end = _ASYNC if transaction.commit is Commit.ASYNC else ""
        if not transaction.alone:
            await connection.execute(_BEGIN[transaction.commit])
        for position, statement in enumerate(transaction.statements, start=number):
            sent = "x" * statement.sent
            match statement.kind:
                case Kind.SELECT:
                    await connection.fetch(_SELECT, position, sent)
                case Kind.INSERT:
                    key = next(self._ids)
                    order_row = key if order_row is None else order_row
                    await connection.execute(_INSERT + end, key, sent)
                case Kind.UPDATE:
                    await connection.execute(_UPDATE + end.replace("WHERE", "AND"), order_row, sent)
        if not transaction.alone:
            await connection.execute("COMMIT")
        self.connections.put_nowait(connection)
        return order_row


@asynccontextmanager
async def open_replay(work: Work, database: str, carrier: str, smtp_port: int) -> AsyncIterator[Replay]:
    """`database` is empty; the rows that the statements read are stored in it first."""
    connections = asyncio.Queue[Any]()
    async with AsyncExitStack() as stack:
        for _ in range(_CONNECTIONS):
            connection = await asyncpg.connect(database)
            stack.push_async_callback(connection.close)
            connections.put_nowait(connection)
        await connection.execute(_SCHEMA)
        await connection.copy_records_to_table("stored", records=_stored(work))
        await connection.execute("ANALYZE")
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=carrier, trust_env=False))
        yield Replay(work=work, connections=connections, carrier=client, smtp_port=smtp_port)


def _stored(work: Work) -> list[tuple[int, str]]:
    """For each statement, as many rows as it returns."""
    statements = [statement for transaction in work.transactions for statement in transaction.statements]
    return [
        (number, "x" * (statement.returned // statement.rows))
        for number, statement in enumerate(statements)
        for _ in range(statement.rows)
    ]
