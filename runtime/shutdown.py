"""How a process ends when it is told to, and how it waits for what is away."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger()

AGAIN_SECONDS = 1.0
SAY_AGAIN_SECONDS = 60.0


class ShutdownRequested(Exception):
    """The process was told to stop while it was waiting for something."""


def stop_event() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM. The second one ends the process at once: it is as safe as a power cut."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(number: signal.Signals) -> None:
        if told.is_set():
            log.warning("told_twice_to_stop", signal=number.name)
            os._exit(128 + number)
        log.info("stopping", signal=number.name)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, tell, number)
    return told


async def wait_for_dependency(what: str, attempt: Callable[[], Awaitable[T]], told: asyncio.Event) -> T:
    """Try until it works, saying so at first and every minute. Raises ToldToStop."""
    began, said = time.monotonic(), -SAY_AGAIN_SECONDS
    while not told.is_set():
        try:
            result = await attempt()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not there yet
            waited = time.monotonic() - began
            if waited - said >= SAY_AGAIN_SECONDS:
                log.warning("waiting", what=what, seconds=round(waited), error=f"{type(error).__name__}: {error}")
                said = waited
            await _pause(told)
        else:
            if said >= 0:
                log.info("reached", what=what, seconds=round(time.monotonic() - began))
            return result
    raise ShutdownRequested


async def _pause(told: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(told.wait(), AGAIN_SECONDS)
    except TimeoutError:
        return
