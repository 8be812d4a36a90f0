"""Ports on 127.0.0.1, and what to say when somebody else has them."""

import contextlib
import errno
import random
import socket

from demo.start_errors import StartFailed

_ADDRESS = "127.0.0.1"
_NOT_GIVEN_AWAY = range(20_000, 32_000)


def bind(port: int, purpose: str) -> socket.socket:
    """Return a listening socket on a port, or on a free one if `port` is 0.

    Raises:
        StartFailed: the port is taken; the message names it and what it is for.
    """
    # asyncio sends small answers at once only where it sees that a socket speaks TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_ADDRESS, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise StartFailed(f"Port {port} for {purpose} is taken by another program.") from error
    return listener


def ensure_free(port: int, purpose: str, option: str) -> None:
    """Make sure that a program started next can listen on a port.

    Raises:
        StartFailed: it is taken; the message names the option that chooses another.
    """
    try:
        bind(port, purpose).close()
    except StartFailed as taken:
        raise StartFailed(f"{taken} Choose another one with {option}.") from taken


def free_port() -> int:
    """Return a port that nobody listens on right now, and that the system gives to nobody who asks for any port."""
    for port in random.sample(_NOT_GIVEN_AWAY, 100):
        with contextlib.suppress(StartFailed), bind(port, "nothing"):
            return port
    raise StartFailed(f"No port on {_ADDRESS} is free.")
