"""The bare work as a program: it answers requests, and repeats the work of an order when it is asked to.

Without a database it only answers, as the carrier that the other one calls.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated

import typer
import uvloop

from bench.bare.replay import Replay, open_replay
from bench.bare.work import recorded_work
from bench.http_server import serve
from runtime.garbage_collection import skip_loaded


async def run(port: int, database: str, carrier: str, smtp_port: int) -> None:
    replay: Replay | None = None

    async def handle(path: str, _: bytes) -> bytes:
        """`/answer/100` is answered with 100 bytes."""
        if path == "/work" and replay:
            await replay.run()
            return b""
        return b"x" * int(path.removeprefix("/answer/"))

    async with AsyncExitStack() as stack:
        if database:
            replay = await stack.enter_async_context(open_replay(recorded_work(), database, carrier, smtp_port))
        skip_loaded()
        await serve(handle, port)


def main(
    *,
    port: Annotated[int, typer.Option()],
    database: Annotated[str, typer.Option(help="URL of an empty database.")] = "",
    carrier: Annotated[str, typer.Option(help="URL of the one that only answers.")] = "",
    smtp_port: int = 0,
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(port, database, carrier, smtp_port))


if __name__ == "__main__":
    typer.run(main)
