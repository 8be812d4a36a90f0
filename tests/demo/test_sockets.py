"""Ports on 127.0.0.1 as servers get them."""

import asyncio
import socket

import pytest

from demo.sockets import bind, ensure_free, free_port
from demo.start_errors import StartFailed


async def test_small_answers_are_sent_at_once() -> None:
    """Without this every answer would wait some 40 ms for the other side's acknowledgement."""
    accepted = asyncio.get_running_loop().create_future()

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with bind(0, "a test") as listener:
        async with await asyncio.start_server(serve, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            assert await accepted
            writer.close()


def test_a_port_that_is_taken_is_named_with_its_purpose_and_the_way_out() -> None:
    with bind(0, "one") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartFailed, match=f"Port {port} for two is taken .* Choose another one with --two-port"):
            ensure_free(port, "two", "--two-port")


def test_a_free_port_can_be_bound() -> None:
    with bind(free_port(), "a test") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
