"""How many wrong tries are borne: by account, by address, and for the second step; kept in the database."""

import hashlib
from datetime import datetime, timedelta

from api.auth.client_info import ClientInfo
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.db.sign_in import attempt_limits
from models.db.sign_in.attempt_limits import BackoffPolicy
from models.errors import TooManyAttempts

_DAY = timedelta(days=1)
NAME = BackoffPolicy(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15), reset_after=_DAY)
ADDRESS = BackoffPolicy(free=30, first=timedelta(minutes=1), longest=timedelta(hours=1), reset_after=_DAY)
SECOND_STEP = BackoffPolicy(free=5, first=timedelta(seconds=30), longest=timedelta(hours=1), reset_after=_DAY)
MAILS = BackoffPolicy(free=5, first=timedelta(minutes=10), longest=timedelta(hours=4), reset_after=_DAY)


class AttemptLimiter:
    """Counts tries under keys; everything here is a transaction of its own, so that a refusal keeps its count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(self, *keys: tuple[str, BackoffPolicy], at: datetime) -> bool:
        """Count one try under each key; True when it is the last that is free under the first of them.

        Raises TooManyAttempts, in the same words for accounts that do not exist.
        """
        async with self._database.transaction() as session:
            charges = [await attempt_limits.consume(session, key, patience, at=at) for key, patience in keys]
        until = max((one.blocked_until for one in charges if one.blocked_until is not None), default=None)
        if until is not None:
            seconds = (until - at).total_seconds()
            raise TooManyAttempts(
                f"Too many attempts. Please wait {_words(seconds)} and try again.", retry_after_seconds=seconds
            )
        return charges[0].last

    async def forget(self, *keys: tuple[str, BackoffPolicy]) -> None:
        """Whoever tried has proven who they are."""
        async with self._database.transaction() as session:
            for key, _ in keys:
                await attempt_limits.reset(session, key)

    async def give_back(self, key: tuple[str, BackoffPolicy]) -> None:
        """One of the tries was right; the others still count."""
        async with self._database.transaction() as session:
            await attempt_limits.release(session, key[0])


def by_name(user_name: str) -> tuple[str, BackoffPolicy]:
    """The key of an account; hashed, as what people type there may be a password."""
    return f"name:{hashlib.sha256(user_name.encode()).hexdigest()}", NAME


def by_address(visitor: ClientInfo) -> tuple[str, BackoffPolicy]:
    """The key of where somebody comes from."""
    return f"address:{visitor.network}"[:80], ADDRESS


def by_second_step(person: PersonRow) -> tuple[str, BackoffPolicy]:
    """The key of a person's second step."""
    return f"second:{person.tenant}:{person.id}", SECOND_STEP


def by_mails(visitor: ClientInfo) -> tuple[str, BackoffPolicy]:
    """The key of where mails are asked for from."""
    return f"mails:{visitor.network}"[:80], MAILS


def _words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "half a minute"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
