"""The state of a carrier: JSON documents by kind and key in one SQLite file."""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS document (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS issued (number TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Store:
    """`with store:` is a transaction."""

    def __init__(self, path: Path | None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path or ":memory:")
        self._connection.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        self._connection.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.__exit__(kind, error, trace)

    def put(self, kind: str, key: str, body: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, key, body))

    def remove(self, kind: str, key: str) -> None:
        self._connection.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str) -> list[tuple[str, str]]:
        """Key and body of every document of a kind, ordered by key."""
        return self._connection.execute(
            "SELECT key, body FROM document WHERE kind = ? ORDER BY key", (kind,)
        ).fetchall()

    def claim(self, number: str) -> bool:
        """Record a number as assigned; whether it was free."""
        return self._connection.execute("INSERT OR IGNORE INTO issued VALUES (?)", (number,)).rowcount == 1

    def close(self) -> None:
        self._connection.close()
