"""Counting tries: nothing that happens to a key meanwhile makes a try uncounted, or a failure of ours."""

import asyncio
from datetime import timedelta

from models.db.session import Database, utc_now
from models.db.sign_in import attempt_limits
from models.db.sign_in.attempt_limits import BackoffPolicy, LimitResult

KEY = "second:acme:1"
PATIENCE = BackoffPolicy(
    free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15), reset_after=timedelta(days=1)
)


async def test_tries_are_counted_while_their_key_is_forgotten_again_and_again(database: Database) -> None:
    async def tried() -> LimitResult:
        async with database.transaction() as session:
            return await attempt_limits.consume(session, KEY, PATIENCE, at=utc_now())

    async def succeeded() -> None:
        async with database.transaction() as session:
            await attempt_limits.reset(session, KEY)

    charges, _ = await asyncio.gather(
        asyncio.gather(*(tried() for _ in range(150))), asyncio.gather(*(succeeded() for _ in range(150)))
    )
    assert len(charges) == 150
    await succeeded()
    assert [(await tried()).last for _ in range(5)] == [False, False, False, False, True]
