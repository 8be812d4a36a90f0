"""What passes between a client and PostgreSQL is read as transactions with their statements."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from sqlalchemy import make_url

from bench.bare.work import Commit, Kind, Transaction
from bench.recording.postgres_conversation import PostgresConversation
from bench.recording.tap import tap_socket
from demo.postgres_server import DatabaseServer
from models.db.session import BEGIN, BEGIN_READ

SOCKET = ".s.PGSQL.5432"
_ASYNC = "WHERE set_config('synchronous_commit', 'off', true) = 'off'"


async def _transactions(postgres: DatabaseServer, *sent: tuple[str, Sequence[tuple[str, str]]]) -> list[Transaction]:
    url = make_url(postgres.url)
    server = Path(str(url.query["host"]))
    transactions: list[Transaction] = []
    with TemporaryDirectory() as folder:
        tapped = Path(folder) / SOCKET
        async with tap_socket(server / SOCKET, tapped, lambda: PostgresConversation(transactions)):
            connection = await asyncpg.connect(host=folder, user=url.username, database=url.database)
            await connection.execute("CREATE TEMPORARY TABLE kept (value text)")
            for begin, statements in sent:
                if begin:
                    await connection.execute(begin)
                for sql, value in statements:
                    await connection.fetch(sql, value)
                if begin:
                    await connection.execute("COMMIT")
            await connection.close()
    return transactions


async def test_a_transaction_has_its_statements_with_what_was_sent_and_returned(postgres: DatabaseServer) -> None:
    (transaction,) = await _transactions(
        postgres,
        (
            BEGIN,
            [
                ("INSERT INTO kept VALUES ($1)", "x" * 500),
                ("SELECT value FROM kept WHERE value <> $1", "none"),
                ("UPDATE kept SET value = $1", "y"),
            ],
        ),
    )
    insert, select, update = transaction.statements
    assert [insert.kind, select.kind, update.kind] == [Kind.INSERT, Kind.SELECT, Kind.UPDATE]
    assert insert.sent > 500 > select.sent
    assert select.returned > 500
    assert (insert.rows, select.rows, update.rows) == (0, 1, 0)
    assert transaction.durable


async def test_a_commit_waits_for_the_disk_unless_the_transaction_says_otherwise(postgres: DatabaseServer) -> None:
    change = ("INSERT INTO kept VALUES ($1)", "x")
    look = ("SELECT value FROM kept WHERE value = $1", "x")
    later = (f"INSERT INTO kept SELECT $1 {_ASYNC}", "x")
    sent = (
        *((BEGIN, [change]), (BEGIN, [change, later]), (BEGIN_READ, [look]), (BEGIN, [look])),
        *(("", [change]), ("", [later])),
    )
    transactions = await _transactions(postgres, *sent)
    durable, no = Commit.DURABLE, Commit.ASYNC
    assert [one.commit for one in transactions] == [durable, no, Commit.READ, durable, durable, no]
    assert [one.durable for one in transactions] == [True, False, False, False, True, False]
    assert [one.alone for one in transactions] == [False, False, False, False, True, True]
