"""Taking back what an order has done, to the end, even when a cancellation arrives meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Undo = Callable[[], Awaitable[None]]


async def uncancellable(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` whatever happens; a cancellation that arrives meanwhile is waited out.

    Neither `asyncio.shield` alone nor a bare `await` does this: both leave when the cancellation arrives.
    """
    task = asyncio.create_task(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    return task.result()


class Compensations:
    """What must be undone if the order ends early; each step registers its undo before it acts."""

    def __init__(self) -> None:
        self._undos: list[tuple[str, Undo]] = []

    def push(self, name: str, undo: Undo) -> None:
        """Remember how to take back what is about to be done."""
        self._undos.append((name, undo))

    def drop(self, name: str) -> None:
        """Forget an undo: there is nothing left to take back."""
        self._undos = [(known, undo) for known, undo in self._undos if known != name]

    async def unwind(self) -> None:
        """Undo everything, latest first."""
        while self._undos:
            _, undo = self._undos.pop()
            await undo()
