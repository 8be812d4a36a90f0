"""Stopping a process on a signal, and waiting for what it depends on."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger()

RETRY_SECONDS = 1.0
LOG_EVERY_SECONDS = 60.0


class ShutdownRequested(Exception):
    """The process was asked to stop while it waited for a dependency."""


def stop_event() -> asyncio.Event:
    """An event that the first SIGINT or SIGTERM sets. The second one exits at once: as safe as a power cut."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            log.warning("shutdown_forced", signal=number.name)
            os._exit(128 + number)
        log.info("shutdown_started", signal=number.name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    return stop


async def wait_for_dependency(name: str, connect: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T:
    """Call `connect` every second until it succeeds; failures are logged once a minute. Raises ShutdownRequested."""
    started, logged = time.monotonic(), -LOG_EVERY_SECONDS
    while not stop.is_set():
        try:
            result = await connect()
        except Exception as error:  # noqa: BLE001 - whatever fails, the dependency is not ready
            waited = time.monotonic() - started
            if waited - logged >= LOG_EVERY_SECONDS:
                error_text = f"{type(error).__name__}: {error}"
                log.warning("dependency_waiting", dependency=name, seconds=round(waited), error=error_text)
                logged = waited
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS):
                    await stop.wait()
        else:
            if logged >= 0:
                log.info("dependency_ready", dependency=name, seconds=round(time.monotonic() - started))
            return result
    raise ShutdownRequested
