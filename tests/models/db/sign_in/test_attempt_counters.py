"""Concurrent attempts and resets of one key."""

import asyncio
from datetime import timedelta

from models.db.session import Database, utc_now
from models.db.sign_in import attempt_counters
from models.db.sign_in.attempt_counters import BackoffPolicy, LimitResult

KEY = "second:acme:1"
POLICY = BackoffPolicy(
    free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15), reset_after=timedelta(days=1)
)


async def test_concurrent_attempts_are_counted_between_resets(database: Database) -> None:
    async def attempt() -> LimitResult:
        async with database.transaction() as session:
            return await attempt_counters.consume(session, KEY, POLICY, at=utc_now())

    async def reset() -> None:
        async with database.transaction() as session:
            await attempt_counters.reset(session, KEY)

    results, _ = await asyncio.gather(
        asyncio.gather(*(attempt() for _ in range(150))), asyncio.gather(*(reset() for _ in range(150)))
    )
    assert len(results) == 150
    await reset()
    assert [(await attempt()).last for _ in range(5)] == [False, False, False, False, True]
