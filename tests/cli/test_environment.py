"""The event loops that commands run in."""

import asyncio

import uvloop

from cli.environment import run_server


def test_servers_run_in_uvloop() -> None:
    loops = []

    async def work() -> None:
        loops.append(asyncio.get_running_loop())

    run_server(work())
    assert isinstance(loops[0], uvloop.Loop)
