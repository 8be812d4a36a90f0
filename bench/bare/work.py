"""What an order sends and receives: sizes and counts, recorded once in `work.json`."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter

_FILE = Path(__file__).with_name("work.json")


class Kind(StrEnum):
    """Of a statement; a DELETE, and a lock of a row, count as UPDATE."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"


class Commit(StrEnum):
    DURABLE = "durable"  # waits for the disk if the transaction wrote something
    ASYNC = "async"
    READ = "read"


@dataclass(frozen=True, kw_only=True)
class SentStatement:
    """`sent` and `returned` are bytes of parameters and of rows."""

    kind: Kind
    sent: int
    rows: int
    returned: int


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """`alone`: its only statement was sent without BEGIN and COMMIT."""

    commit: Commit
    statements: list[SentStatement]
    alone: bool = False

    @property
    def durable(self) -> bool:
        """Whether its commit waits for the disk."""
        return self.commit is Commit.DURABLE and any(each.kind is not Kind.SELECT for each in self.statements)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Bytes of the bodies of an HTTP request and its answer."""

    sent: int
    returned: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """`requests` are received, also from carriers; `calls` are sent to carriers.

    `emails` are the sizes of the messages, by connection to the email server.
    """

    transactions: list[Transaction]
    requests: list[Exchange]
    calls: list[Exchange]
    emails: list[list[int]]

    @property
    def statements(self) -> int:
        return sum(len(transaction.statements) for transaction in self.transactions)

    def summary(self) -> str:
        commits = Counter(transaction.commit.value for transaction in self.transactions)
        return (
            f"{self.statements} statements in {len(self.transactions)} transactions ({dict(commits)}), "
            f"{sum(transaction.durable for transaction in self.transactions)} durable commits, "
            f"{len(self.requests)} requests, {len(self.calls)} calls, {sum(map(len, self.emails))} emails"
        )


def recorded_work() -> Work:
    return TypeAdapter(Work).validate_json(_FILE.read_bytes())


def keep_work(work: Work) -> None:
    """Write the file, with one line per transaction, request, call and connection."""
    parts = (
        f' "{name}": [\n' + ",\n".join(f"  {json.dumps(value)}" for value in values) + "\n ]"
        for name, values in asdict(work).items()
    )
    _FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")
