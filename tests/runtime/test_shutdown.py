import asyncio
import signal
import sys

import pytest
from structlog.testing import capture_logs

from runtime import shutdown

WAITS = """
import asyncio
from runtime import shutdown
async def main():
    told = shutdown.stop_event()
    print("ready", flush=True)
    await told.wait()
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "AGAIN_SECONDS", 0.001)


async def test_what_is_away_is_waited_for_and_said_once() -> None:
    tries = iter([OSError("gone"), OSError("gone"), OSError("gone"), None])

    async def attempt() -> str:
        if error := next(tries):
            raise error
        return "here"

    with capture_logs() as logs:
        assert await shutdown.wait_for_dependency("PostgreSQL", attempt, asyncio.Event()) == "here"
    assert [(line["event"], line["what"]) for line in logs] == [("waiting", "PostgreSQL"), ("reached", "PostgreSQL")]


async def test_what_is_there_is_not_worth_a_line() -> None:
    async def attempt() -> str:
        return "here"

    with capture_logs() as logs:
        await shutdown.wait_for_dependency("Temporal", attempt, asyncio.Event())
    assert logs == []


async def test_waiting_is_said_again_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "SAY_AGAIN_SECONDS", 0.0)
    tries = iter([OSError(), OSError(), None])

    async def attempt() -> None:
        if error := next(tries):
            raise error

    with capture_logs() as logs:
        await shutdown.wait_for_dependency("Temporal", attempt, asyncio.Event())
    assert [line["event"] for line in logs] == ["waiting", "waiting", "reached"]


async def test_who_waits_can_be_told_to_stop() -> None:
    told = asyncio.Event()

    async def attempt() -> None:
        told.set()
        raise OSError

    with pytest.raises(shutdown.ShutdownRequested):
        await shutdown.wait_for_dependency("Temporal", attempt, told)


async def test_the_second_signal_ends_at_once() -> None:
    waiting = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WAITS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert waiting.stdout is not None
    assert b"ready" in await waiting.stdout.readline()
    waiting.send_signal(signal.SIGTERM)
    assert b"stopping" in await waiting.stdout.readline()
    waiting.send_signal(signal.SIGTERM)
    assert await waiting.wait() == 128 + signal.SIGTERM
