"""The bare work repeats what was recorded."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from bench.bare.replay import open_replay
from bench.bare.work import Commit, Kind, SentStatement, Transaction, Work
from demo.postgres_server import DatabaseServer
from models.db.session import new_id

INSERT = SentStatement(kind=Kind.INSERT, sent=40, rows=0, returned=0)
UPDATE = SentStatement(kind=Kind.UPDATE, sent=70, rows=0, returned=0)
SELECT = SentStatement(kind=Kind.SELECT, sent=5, rows=2, returned=60)
WORK = Work(
    transactions=[
        Transaction(commit=Commit.DURABLE, statements=[SELECT, INSERT]),
        Transaction(commit=Commit.ASYNC, statements=[UPDATE, INSERT]),
    ],
    requests=[],
    calls=[],
    emails=[],
)


@pytest.fixture
async def empty(postgres: DatabaseServer) -> AsyncIterator[str]:
    name = f"test_{new_id().lower()}"
    url = await postgres.create_database(name)
    yield url.replace("postgresql+asyncpg", "postgresql")
    await postgres.drop_database(name)


async def test_an_order_leaves_rows_of_the_recorded_sizes(empty: str) -> None:
    async with open_replay(WORK, empty, "http://127.0.0.1", smtp_port=0) as replay:
        await replay.run()
        await replay.run()
    connection = await asyncpg.connect(empty)
    written = await connection.fetch("SELECT length(value) AS size FROM written ORDER BY id")
    stored = await connection.fetch("SELECT length(value) AS size FROM stored WHERE statement = 0")
    await connection.close()
    first_updated, inserted = UPDATE.sent, INSERT.sent
    assert [row["size"] for row in written] == [first_updated, inserted] * 2
    assert [row["size"] for row in stored] == [30, 30]
