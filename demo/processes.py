"""Starts programs in order, waits until each is ready, watches them together, stops them in reverse."""

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

from demo.parent_death import dying_with_us
from demo.start_errors import ProgramEnded, StartFailed

START_SECONDS = 60.0
# More than the ten seconds a worker gives to what it has in hand.
STOP_SECONDS = 15.0
_LAST_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program to run: `ready` is asked until it says yes; `stop_signal` ends it in good order.

    `environment` is added to ours; `user` and `group` are ids, None to stay who we are.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    user: int | None = None
    group: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Running:
    program: Program
    process: asyncio.subprocess.Process
    log: Path

    def last_words(self) -> str:
        """The end of what it wrote, each line with its name in front."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n".join(f"{self.program.name} | {line}" for line in lines)

    def obituary(self) -> str:
        """How it ended, and what it said before."""
        return f"{self.program.name} ended by itself ({self.process.returncode}):\n{self.last_words()}"

    async def stop(self) -> None:
        """End it in good order, or by force when it takes too long; its own children go with it."""
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            self.process.send_signal(self.program.stop_signal)
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


class Supervisor:
    """Programs that live and die together; what they write goes to `<logs>/<name>.log`.

    Leaving the `async with` block stops all of them, the last one started first.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[_Running] = []

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
        """The process of each program, by its name."""
        return {running.program.name: running.process.pid for running in self._running}

    async def start(self, *programs: Program) -> None:
        """Start programs side by side and return when all of them are ready.

        Raises:
            StartFailed: one ended or was not ready in time; the message holds its last words.
        """
        for running in [await self._launch(program) for program in programs]:
            await self._until_ready(running)

    async def watch(self) -> None:
        """Return never: programs are not meant to end.

        Raises:
            ProgramEnded: one did; the message names it and holds its last words.
        """
        ends = {asyncio.create_task(running.process.wait()): running for running in self._running}
        try:
            ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        raise ProgramEnded(ends[ended.pop()].obituary())

    async def _launch(self, program: Program) -> _Running:
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
                start_new_session=True,  # Ctrl-C is for us, who end them in order
                preexec_fn=dying_with_us(program.stop_signal),
            )
        running = _Running(program=program, process=process, log=log)
        self._running.append(running)
        return running

    async def _until_ready(self, awaited: _Running) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not await awaited.program.ready():
            for running in self._running:
                if running.process.returncode is not None:
                    raise StartFailed(running.obituary())
            if time.monotonic() > deadline:
                raise StartFailed(f"{awaited.program.name} is not ready in time:\n{awaited.last_words()}")
            await asyncio.sleep(0.05)
