"""The rate of calls to one carrier."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class RateLimit:
    """Spaces the calls of this process to one carrier evenly, polls included."""

    def __init__(
        self,
        calls_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._interval = 1 / calls_per_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    async def take_turn(self, *, within: float) -> float | None:
        """Wait for the next turn; if it does not come within so many seconds, return at once in how many it comes."""
        now = self._clock()
        turn = max(now, self._next)
        if turn - now > within:
            return turn - now
        self._next = turn + self._interval
        await self._sleep(turn - now)
        return None

    def pause(self, seconds: float) -> None:
        """The carrier asks not to be called for so long."""
        self._next = max(self._next, self._clock() + seconds)
