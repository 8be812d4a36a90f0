"""Starts programs, waits until they are ready, and stops them in reverse order."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.parent_death import stop_with_parent
from demo.start_errors import ProgramEnded, StartFailed

START_TIMEOUT = 60.0  # seconds
# More than the ten seconds that a worker gives its running activities.
STOP_TIMEOUT = 15.0
_LAST_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Program:
    """`ready` is polled after the start. `environment` is added to ours; `user` and `group` are ids, None for ours."""

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    user: int | None = None
    group: int | None = None


@dataclass(frozen=True, kw_only=True)
class RunningProgram:
    program: Program
    process: asyncio.subprocess.Process
    log: Path

    def last_output(self) -> str:
        """The end of its log, each line with the program's name."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n".join(f"{self.program.name} | {line}" for line in lines)

    def end_message(self) -> str:
        return f"{self.program.name} ended unexpectedly (exit code {self.process.returncode}):\n{self.last_output()}"

    async def stop(self) -> None:
        """Send the stop signal, and kill it if it takes too long; its child processes are killed as well."""
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            self.process.send_signal(self.program.stop_signal)
            async with asyncio.timeout(STOP_TIMEOUT):
                await self.process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


class Supervisor:
    """Runs programs inside its `async with` block and stops them at the end, the last one started first.

    Their output goes to `<logs>/<name>.log`.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[RunningProgram] = []

    async def __aenter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for running in reversed(self._running):
            await running.stop()

    @property
    def pids(self) -> Mapping[str, int]:
        """Process ids by program name."""
        return {running.program.name: running.process.pid for running in self._running}

    async def start(self, *programs: Program) -> None:
        """Start programs at the same time and wait until all are ready.

        Raises:
            StartFailed: one ended or was not ready in time; the message ends with its output.
        """
        for running in [await self._launch(program) for program in programs]:
            await self._wait_until_ready(running)

    async def watch(self) -> None:
        """Wait until a program ends, which none should.

        Raises:
            ProgramEnded: one did; the message ends with its output.
        """
        ends = {asyncio.create_task(running.process.wait()): running for running in self._running}
        try:
            ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        raise ProgramEnded(ends[ended.pop()].end_message())

    async def _launch(self, program: Program) -> RunningProgram:
        log = self._logs / f"{program.name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                env={**os.environ, **program.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                user=program.user,
                group=program.group,
                extra_groups=None if program.user is None else (),
                start_new_session=True,  # so that Ctrl-C reaches only us
                preexec_fn=stop_with_parent(program.stop_signal),
            )
        running = RunningProgram(program=program, process=process, log=log)
        self._running.append(running)
        return running

    async def _wait_until_ready(self, started: RunningProgram) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not await started.program.ready():
            for running in self._running:
                if running.process.returncode is not None:
                    raise StartFailed(running.end_message())
            if time.monotonic() > deadline:
                raise StartFailed(f"{started.program.name} did not become ready in time:\n{started.last_output()}")
            await asyncio.sleep(0.05)
