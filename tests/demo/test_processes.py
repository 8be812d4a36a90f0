"""The supervisor with real processes."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from demo import processes
from demo.processes import Program, Supervisor
from demo.start_errors import ProgramEnded, StartFailed

SLEEP = "import time; time.sleep(60)"
RECORD_THE_SIGNAL = """
import pathlib, signal, sys, time
name, folder = sys.argv[1:]
def note(number, _):
    with open(f"{folder}/ends", "a") as ends:
        ends.write(f"{name} {signal.Signals(number).name}\\n")
    sys.exit()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, note)
pathlib.Path(folder, name).touch()
time.sleep(60)
"""


async def always() -> bool:
    return True


async def never() -> bool:
    return False


def python(name: str, code: str, ready: Callable[[], Awaitable[bool]] = always) -> Program:
    return Program(name=name, argv=(sys.executable, "-c", code), ready=ready)


def signal_recorder(name: str, folder: Path, stop_signal: signal.Signals = signal.SIGTERM) -> Program:
    async def ready() -> bool:
        return (folder / name).exists()

    argv = (sys.executable, "-c", RECORD_THE_SIGNAL, name, str(folder))
    return Program(name=name, argv=argv, ready=ready, stop_signal=stop_signal)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_programs_are_stopped_in_reverse_order_each_with_its_signal(tmp_path: Path) -> None:
    async with Supervisor(tmp_path / "logs") as supervisor:
        await supervisor.start(signal_recorder("database", tmp_path, signal.SIGINT))
        await supervisor.start(signal_recorder("api", tmp_path), signal_recorder("worker", tmp_path))
    assert (tmp_path / "ends").read_text().splitlines() == ["worker SIGTERM", "api SIGTERM", "database SIGINT"]


async def test_a_program_that_ends_is_reported_with_its_output(tmp_path: Path) -> None:
    async with Supervisor(tmp_path) as supervisor:
        await supervisor.start(python("running", SLEEP), python("worker", "print('out of paper'); exit(3)"))
        with pytest.raises(ProgramEnded, match=r"worker ended unexpectedly \(exit code 3\):\nworker \| out of paper"):
            await supervisor.watch()


async def _run(logs: Path, *programs: Program) -> None:
    async with Supervisor(logs) as supervisor:
        await supervisor.start(*programs)
        await supervisor.watch()


async def test_the_others_stop_when_one_has_ended(tmp_path: Path) -> None:
    with pytest.raises(ProgramEnded):
        await _run(tmp_path, signal_recorder("running", tmp_path), python("short", ""))
    assert (tmp_path / "ends").read_text() == "running SIGTERM\n"


async def test_a_program_that_ends_before_it_is_ready_fails_the_start(tmp_path: Path) -> None:
    async with Supervisor(tmp_path) as supervisor:
        with pytest.raises(StartFailed, match=r"api \| no such table"):
            await supervisor.start(python("api", "exit('no such table')", ready=never))


async def test_a_program_that_is_never_ready_fails_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "START_TIMEOUT", 0.1)
    async with Supervisor(tmp_path) as supervisor:
        with pytest.raises(StartFailed, match="api did not become ready"):
            await supervisor.start(python("api", SLEEP, ready=never))


async def test_a_program_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT", 0.1)
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('started', flush=True); {SLEEP}"

    async def started() -> bool:
        return (tmp_path / "stubborn.log").read_text() == "started\n"

    began = time.monotonic()
    async with Supervisor(tmp_path) as supervisor:
        await supervisor.start(python("stubborn", code, ready=started))
    assert time.monotonic() - began < 5


async def test_child_processes_of_a_program_are_killed_with_it(tmp_path: Path) -> None:
    code = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True); {SLEEP}"
    )

    async def started() -> bool:
        return (tmp_path / "parent.log").read_text().endswith("\n")

    async with Supervisor(tmp_path) as supervisor:
        await supervisor.start(python("parent", code, ready=started))
        grandchild = int((tmp_path / "parent.log").read_text())
    await _wait_until_gone(grandchild)


async def test_canceling_the_watch_stops_everything(tmp_path: Path) -> None:
    running = asyncio.create_task(_run(tmp_path, signal_recorder("api", tmp_path)))
    while not (tmp_path / "api").exists():
        await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (tmp_path / "ends").read_text() == "api SIGTERM\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
async def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, pathlib, sys
from demo.processes import Program, Supervisor
async def ready():
    return True
async def main():
    async with Supervisor(pathlib.Path({str(tmp_path)!r})) as supervisor:
        await supervisor.start(Program(name="api", argv=(sys.executable, "-c", {SLEEP!r}), ready=ready))
        print(supervisor._running[0].process.pid, flush=True)
        await supervisor.watch()
asyncio.run(main())
"""
    supervisor = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert supervisor.stdout is not None
    child = int(await supervisor.stdout.readline())
    assert not _gone(child)
    supervisor.kill()
    await supervisor.wait()
    await _wait_until_gone(child)


async def _wait_until_gone(pid: int) -> None:
    async with asyncio.timeout(5):
        while not _gone(pid):
            await asyncio.sleep(0.02)
