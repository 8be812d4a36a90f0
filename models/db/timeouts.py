"""Time limits of a connection to PostgreSQL: a server that stops answering must not stop us."""

import socket
from dataclasses import dataclass
from typing import Any

import asyncpg

# Keep-alive probes to an idle server: the first after a third of the limit, then this many until the limit.
_PROBES = 4
_GRACE = 5.0


@dataclass(frozen=True, kw_only=True)
class DatabaseTimeouts:
    """All in seconds.

    Attributes:
        connect: to open a connection.
        statement: to run a statement, at the server.
        long_statement: the same in `Database.run_long`.
        lock: to wait for a lock, at the server.
        tcp: until an unreachable server counts as gone.
    """

    connect: float = 10
    statement: float = 30
    long_statement: float = 30
    lock: float = 10
    tcp: float = 30

    @property
    def command(self) -> float:
        """To wait for the server's answer to a statement: a little longer than any is allowed to run."""
        return max(self.statement, self.long_statement) + _GRACE

    @property
    def begin_long(self) -> str:
        """Begins a transaction whose statements have the long limit."""
        return f"BEGIN; SET LOCAL statement_timeout TO {_milliseconds(self.long_statement)}"

    def connect_arguments(self, **server_settings: str) -> dict[str, Any]:
        """The arguments of `asyncpg.connect`."""
        return {
            "timeout": self.connect,
            "command_timeout": self.command,
            "connection_class": _connection_class(self.tcp),
            "server_settings": {
                "statement_timeout": _milliseconds(self.statement),
                "lock_timeout": _milliseconds(self.lock),
                "jit": "off",  # compiling a statement of a page takes longer than running it
                # Two statements apart: a process that hangs inside a transaction must not keep its locks.
                "idle_in_transaction_session_timeout": _milliseconds(2 * self.long_statement),
                **server_settings,
            },
        }


def _connection_class(tcp_seconds: float) -> type[asyncpg.Connection]:
    """Asyncpg has no option for the socket, but gives it to its connection class."""

    class LimitedConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg is not typed
        def __init__(self, protocol: Any, transport: Any, *args: Any) -> None:
            super().__init__(protocol, transport, *args)
            _limit(transport.get_extra_info("socket"), tcp_seconds)

    return LimitedConnection


def _limit(tcp: socket.socket, seconds: float) -> None:
    """Close the connection if the server's machine does not acknowledge what was sent, or probes of an idle one."""
    if tcp.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    interval = max(1, round(seconds / (_PROBES + 2)))
    options = {
        "TCP_KEEPIDLE": 2 * interval,
        "TCP_KEEPINTVL": interval,
        "TCP_KEEPCNT": _PROBES,
        "TCP_USER_TIMEOUT": round(seconds * 1000),
    }
    for name, value in options.items():
        if hasattr(socket, name):  # not every system has all of them
            tcp.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
