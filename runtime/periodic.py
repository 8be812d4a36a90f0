"""Work that repeats for as long as a process runs, and survives failures."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import structlog

log = structlog.get_logger()
T = TypeVar("T")


def jittered(delay: timedelta) -> timedelta:
    """The delay times a random factor of 0.5 to 1.5, so that processes do not act in step."""
    return delay * (0.5 + random.random())  # noqa: S311 - not a secret


async def do_each(work: Callable[[T], Awaitable[object]], things: Iterable[T]) -> None:
    """Do the work for one after the other. One that fails keeps no other waiting; the first failure is raised last."""
    failures = list[Exception]()
    for thing in things:
        try:
            await work(thing)
        except Exception as error:  # noqa: BLE001 - raised below
            failures.append(error)
    if failures:
        raise failures[0]


class FailureLog:
    """Runs work that may fail, and logs the first failure and the recovery instead of every failure."""

    def __init__(self, failed_event: str, recovered_event: str, **fields: str) -> None:
        self._failed_event = failed_event
        self._recovered_event = recovered_event
        self._fields = fields
        self._failing = False

    async def run(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Whether the work succeeded. Never raises an Exception."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the caller's loop outlives any failure
            if not self._failing:
                cause = error.__cause__ or error
                log.warning(self._failed_event, **self._fields, error=f"{type(cause).__name__}: {cause}")
            self._failing = True
        else:
            if self._failing:
                log.info(self._recovered_event, **self._fields)
            self._failing = False
        return not self._failing


async def run_periodically(work: Callable[[], Awaitable[object]], *, every: timedelta, failures: FailureLog) -> None:
    """Run the work until canceled."""
    while True:
        await failures.run(work)
        await asyncio.sleep(jittered(every).total_seconds())
