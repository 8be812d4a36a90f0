"""Reads transactions from the messages between a client and PostgreSQL."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bench.bare.work import Commit, Kind, SentStatement, Transaction
from models.db.session import BEGIN_READ

_ASYNC = "set_config("
_KINDS = ((re.compile(r"\bINSERT\b"), Kind.INSERT), (re.compile(r"\b(UPDATE|DELETE|FOR (KEY )?SHARE)\b"), Kind.UPDATE))
# How the driver learns types that it doesn't know.
_OF_THE_DRIVER = re.compile(r"typeinfo_tree|set_config\('jit'")
_ENDS = frozenset({"COMMIT", "ROLLBACK"})
_WORK = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_LENGTH = 4


class _Messages:
    """Cuts a stream into messages: a byte that says which, the length, and the content."""

    def __init__(self, *, startup: bool = False) -> None:
        self._data = b""
        self._startup = startup  # the first message of a client has no first byte

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        self._data += data
        while True:
            begin = 0 if self._startup else 1
            if len(self._data) < begin + _LENGTH:
                return
            end = begin + int.from_bytes(self._data[begin : begin + _LENGTH])
            if len(self._data) < end:
                return
            yield self._data[:begin], self._data[begin + _LENGTH : end]
            self._data, self._startup = self._data[end:], False


class PostgresConversation:
    """`transactions` gets each transaction when it ends."""

    def __init__(self, transactions: list[Transaction]) -> None:
        self._transactions = transactions
        self._from_client, self._from_server = _Messages(startup=True), _Messages()
        self._prepared: dict[bytes, str] = {}
        self._sql, self._sent, self._rows, self._returned = "", 0, 0, 0
        self._open: Transaction | None = None

    def sent(self, data: bytes) -> None:
        for kind, content in self._from_client.feed(data):
            match kind:
                case b"Q":
                    self._begin_statement(content.rstrip(b"\0").decode(), sent=0)
                case b"P":
                    name, sql, _ = content.split(b"\0", 2)
                    self._prepared[name] = sql.decode()
                case b"B":
                    _portal, name, parameters = content.split(b"\0", 2)
                    self._begin_statement(self._prepared[name], sent=len(parameters))

    def returned(self, data: bytes) -> None:
        for kind, content in self._from_server.feed(data):
            match kind:
                case b"D":
                    self._rows += 1
                    self._returned += len(content)
                case b"C":
                    self._complete(content.rstrip(b"\0").decode().split(" ")[0])

    def _begin_statement(self, sql: str, *, sent: int) -> None:
        self._sql, self._sent, self._rows, self._returned = sql, sent, 0, 0

    def _complete(self, tag: str) -> None:
        """`tag` is the first word of what the server says that it did."""
        if tag == "BEGIN":
            commit = Commit.READ if self._sql == BEGIN_READ else Commit.DURABLE
            self._open = Transaction(commit=commit, statements=[])
        elif tag in _ENDS:
            if self._open:
                self._transactions.append(self._open)
            self._open = None
        elif tag in _WORK and not _OF_THE_DRIVER.search(self._sql):
            self._add_statement()

    def _add_statement(self) -> None:
        kind = next((kind for words, kind in _KINDS if words.search(self._sql)), Kind.SELECT)
        statement = SentStatement(kind=kind, sent=self._sent, rows=self._rows, returned=self._returned)
        commit = Commit.ASYNC if _ASYNC in self._sql else Commit.DURABLE
        if self._open is None:
            self._transactions.append(Transaction(commit=commit, statements=[statement], alone=True))
        else:
            self._open.statements.append(statement)
            if commit is Commit.ASYNC:
                self._open = replace(self._open, commit=commit)
