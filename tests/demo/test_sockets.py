import asyncio
import socket

import pytest

from demo.sockets import bind, ensure_free, free_port
from demo.start_errors import StartFailed


async def test_small_answers_are_sent_without_delay() -> None:
    """Otherwise each would wait about 40 ms for an acknowledgment from the other side."""
    accepted = asyncio.get_running_loop().create_future()

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with bind(0, "a test") as listener:
        async with await asyncio.start_server(serve, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            assert await accepted
            writer.close()


def test_the_error_for_a_port_in_use_names_its_purpose_and_the_option() -> None:
    with bind(0, "one") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartFailed, match=f"Port {port} for two is already in use. Choose another with --two-port"):
            ensure_free(port, "two", "--two-port")


def test_a_free_port_can_be_bound() -> None:
    with bind(free_port(), "a test") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
