import asyncio
import signal
import sys

import pytest
from structlog.testing import capture_logs

from runtime import shutdown

SLOW_PROCESS = """
import asyncio
from runtime import shutdown
async def main():
    stop = shutdown.stop_event()
    print("ready", flush=True)
    await stop.wait()
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "RETRY_SECONDS", 0.001)


async def test_waiting_for_a_dependency_is_logged_once() -> None:
    attempts = iter([OSError("gone"), OSError("gone"), OSError("gone"), None])

    async def connect() -> str:
        if error := next(attempts):
            raise error
        return "connected"

    with capture_logs() as logs:
        assert await shutdown.wait_for_dependency("PostgreSQL", connect, asyncio.Event()) == "connected"
    assert [(line["event"], line["dependency"]) for line in logs] == [
        ("dependency_waiting", "PostgreSQL"),
        ("dependency_ready", "PostgreSQL"),
    ]


async def test_a_dependency_that_is_ready_is_not_logged() -> None:
    async def connect() -> str:
        return "connected"

    with capture_logs() as logs:
        await shutdown.wait_for_dependency("Temporal", connect, asyncio.Event())
    assert logs == []


async def test_waiting_is_logged_again_at_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "LOG_EVERY_SECONDS", 0.0)
    attempts = iter([OSError(), OSError(), None])

    async def connect() -> None:
        if error := next(attempts):
            raise error

    with capture_logs() as logs:
        await shutdown.wait_for_dependency("Temporal", connect, asyncio.Event())
    assert [line["event"] for line in logs] == ["dependency_waiting", "dependency_waiting", "dependency_ready"]


async def test_waiting_ends_when_the_process_is_stopped() -> None:
    stop = asyncio.Event()

    async def connect() -> None:
        stop.set()
        raise OSError

    with pytest.raises(shutdown.ShutdownRequested):
        await shutdown.wait_for_dependency("Temporal", connect, stop)


async def test_a_second_signal_exits_at_once() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SLOW_PROCESS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    assert b"ready" in await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert b"shutdown_started" in await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 128 + signal.SIGTERM
