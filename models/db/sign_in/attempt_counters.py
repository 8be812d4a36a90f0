"""Limits on attempts to guess secrets: each attempt is counted before it is checked, and released if it was right."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db.session import Session
from models.db.sign_in.tables import AttemptLimitRow

_MAX_DOUBLINGS = 20


@dataclass(frozen=True, kw_only=True)
class BackoffPolicy:
    """`free` attempts are not delayed; the next waits `first`, and every later one twice as long, up to `longest`.

    The count starts over when there was no attempt for `reset_after`.
    """

    free: int
    first: timedelta
    longest: timedelta
    reset_after: timedelta


@dataclass(frozen=True, kw_only=True)
class LimitResult:
    """An attempt is allowed, or blocked until then; `last` is true for the last of the free attempts."""

    blocked_until: datetime | None = None
    last: bool = False


async def consume(session: Session, key: str, policy: BackoffPolicy, *, at: datetime) -> LimitResult:
    """Count one attempt; a blocked attempt is not counted.

    Concurrent attempts queue for the row's lock, so that each of them is counted.
    """
    row = await _lock(session, key, at)
    if row.blocked_until is not None and row.blocked_until > at:
        return LimitResult(blocked_until=row.blocked_until)
    row.tries = 1 if row.last_at < at - policy.reset_after else row.tries + 1
    row.last_at = at
    row.blocked_until = at + _delay(policy, row.tries) if row.tries >= policy.free else None
    await session.flush()
    return LimitResult(last=row.tries == policy.free)


async def reset(session: Session, key: str) -> None:
    """Forget all attempts, after a successful sign-in."""
    await session.exec(delete(AttemptLimitRow).where(col(AttemptLimitRow.key) == key))


async def release(session: Session, key: str) -> None:
    """One attempt was right; the others still count."""
    one_less = func.greatest(col(AttemptLimitRow.tries) - 1, 0)
    await session.exec(
        update(AttemptLimitRow).where(col(AttemptLimitRow.key) == key).values(tries=one_less, blocked_until=None)
    )


async def _lock(session: Session, key: str, at: datetime) -> AttemptLimitRow:
    """Insert or lock the key's row, in one statement because a `reset` can delete the row in between."""
    inserted = insert(AttemptLimitRow).values(key=key, tries=0, last_at=at)
    locked = inserted.on_conflict_do_update(index_elements=["key"], set_={"key": key}).returning(AttemptLimitRow)
    rows = await session.exec(locked.execution_options(populate_existing=True))
    row: AttemptLimitRow = rows.scalars().one()
    return row


def _delay(policy: BackoffPolicy, tries: int) -> timedelta:
    doublings = min(tries - policy.free, _MAX_DOUBLINGS)
    return min(policy.longest, policy.first * 2.0**doublings)
