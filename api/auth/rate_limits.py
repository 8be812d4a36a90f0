"""Limits failed attempts by username, by network and by person; the counts are stored in the database."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from api.auth.client_info import ClientInfo
from models.db.people.tables import PersonRow
from models.db.session import Database, Session
from models.db.sign_in import attempt_counters
from models.db.sign_in.attempt_counters import BackoffPolicy, LimitResult
from models.errors import TooManyAttempts

Limit = tuple[str, BackoffPolicy]

_DAY = timedelta(days=1)
USERNAME = BackoffPolicy(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15), reset_after=_DAY)
NETWORK = BackoffPolicy(free=30, first=timedelta(minutes=1), longest=timedelta(hours=1), reset_after=_DAY)
SECOND_STEP = BackoffPolicy(free=5, first=timedelta(seconds=30), longest=timedelta(hours=1), reset_after=_DAY)
RESET_EMAILS = BackoffPolicy(free=5, first=timedelta(minutes=10), longest=timedelta(hours=4), reset_after=_DAY)
NEW_PASSWORD = BackoffPolicy(free=10, first=timedelta(minutes=1), longest=timedelta(hours=1), reset_after=_DAY)


class AttemptLimiter:
    """Counts attempts. Each call is a transaction of its own, so an attempt counts even if the request fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def consume(self, *limits: Limit, at: datetime) -> bool:
        """Count one attempt against each limit; True if it was the last free one of the first limit.

        Raises TooManyAttempts.
        """
        results = await self._database.run(_consume, limits, at)
        until = max((result.blocked_until for result in results if result.blocked_until), default=None)
        if until is not None:
            seconds = (until - at).total_seconds()
            raise TooManyAttempts(f"Too many attempts. Try again in {_duration(seconds)}.", retry_after_seconds=seconds)
        return results[0].last

    async def reset(self, limit: Limit) -> None:
        """Forget all attempts."""
        await self._database.run(attempt_counters.reset, limit[0])

    async def release(self, limit: Limit) -> None:
        """Take one attempt back, since it succeeded."""
        await self._database.run(attempt_counters.release, limit[0])


async def _consume(session: Session, limits: Sequence[Limit], at: datetime) -> list[LimitResult]:
    return [await attempt_counters.consume(session, key, policy, at=at) for key, policy in limits]


def by_username(user_name: str) -> Limit:
    """The limit of a username, which is hashed, since people may type a password there."""
    return f"username:{hashlib.sha256(user_name.encode()).hexdigest()}", USERNAME


def by_network(client: ClientInfo) -> Limit:
    return f"network:{client.network}"[:80], NETWORK


def by_second_step(person: PersonRow) -> Limit:
    return f"second_step:{person.tenant}:{person.id}", SECOND_STEP


def by_new_password(person: PersonRow) -> Limit:
    """The limit of passwords that a person tries to choose: judging one takes time."""
    return f"new_password:{person.tenant}:{person.id}", NEW_PASSWORD


def by_reset_emails(client: ClientInfo) -> Limit:
    """The limit of password reset emails requested from a network."""
    return f"reset_emails:{client.network}"[:80], RESET_EMAILS


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "30 seconds"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


class BadLinkLimiter:
    """Counts invalid links per client address within a time window; valid links are never limited.

    Counts live in this process and only for the latest addresses. That is enough against guessing, which the 256 bits
    of a signature prevent anyway.
    """

    def __init__(
        self,
        *,
        limit: int = 20,
        seconds: float = 600,
        max_addresses: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._max_addresses = max_addresses
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def over_limit(self, address: str) -> bool:
        """Count one more invalid link; True if this address had reached the limit before."""
        now = self._clock()
        since, count = self._counts.pop(address, (now, 0))
        if now - since > self._seconds:
            since, count = now, 0
        self._counts[address] = (since, count + 1)
        if len(self._counts) > self._max_addresses:
            self._counts.popitem(last=False)
        return count >= self._limit
