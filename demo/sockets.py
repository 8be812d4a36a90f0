"""Listening sockets on 127.0.0.1."""

import contextlib
import errno
import random
import socket

from demo.start_errors import StartFailed

_ADDRESS = "127.0.0.1"
_NOT_EPHEMERAL = range(20_000, 32_000)  # the system never assigns these by itself
# Each is given out once: two programs that start together can't be told the same.
_candidates = iter(random.sample(_NOT_EPHEMERAL, len(_NOT_EPHEMERAL)))


def bind(port: int, purpose: str) -> socket.socket:
    """A listening socket; a free port if `port` is 0.

    Raises:
        StartFailed: the port is in use; the message names it and its purpose.
    """
    # asyncio sets TCP_NODELAY only on sockets whose protocol is given as TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_ADDRESS, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise StartFailed(f"Port {port} for {purpose} is already in use.") from error
    return listener


def ensure_free(port: int, purpose: str, option: str) -> None:
    """Check a port for a program that is started next.

    Raises:
        StartFailed: it is in use; the message names the option that changes it.
    """
    try:
        bind(port, purpose).close()
    except StartFailed as error:
        raise StartFailed(f"{error} Choose another with {option}.") from error


def free_port() -> int:
    for port in _candidates:
        with contextlib.suppress(StartFailed), bind(port, "nothing"):
            return port
    raise StartFailed(f"No port on {_ADDRESS} is free.")
