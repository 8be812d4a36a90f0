"""Counting tries that may be guesses: each is counted before it is looked at, and given back when it was right."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db.session import Session
from models.db.sign_in.tables import AttemptLimitRow

_MOST_DOUBLINGS = 20


@dataclass(frozen=True, kw_only=True)
class BackoffPolicy:
    """How many tries are free; then each next one waits, twice as long every time, up to `longest`.

    What failed is forgotten when nothing was tried for as long as `reset_after`.
    """

    free: int
    first: timedelta
    longest: timedelta
    reset_after: timedelta


@dataclass(frozen=True, kw_only=True)
class LimitResult:
    """What came of counting a try: it is let through, or refused until then. `last` of those that are free."""

    blocked_until: datetime | None = None
    last: bool = False


async def consume(session: Session, key: str, policy: BackoffPolicy, *, at: datetime) -> LimitResult:
    """Count one try; where none is let through, count nothing.

    Tries that come together queue for the row's lock, so that no crowd of them passes uncounted.
    """
    row = await _locked(session, key, at)
    if row.blocked_until is not None and row.blocked_until > at:
        return LimitResult(blocked_until=row.blocked_until)
    row.tries = 1 if row.last_at < at - policy.reset_after else row.tries + 1
    row.last_at = at
    row.blocked_until = at + _pause(policy, row.tries) if row.tries >= policy.free else None
    await session.flush()
    return LimitResult(last=row.tries == policy.free)


async def reset(session: Session, key: str) -> None:
    """Whoever tried here has proven who they are."""
    await session.exec(delete(AttemptLimitRow).where(col(AttemptLimitRow.key) == key))


async def release(session: Session, key: str) -> None:
    """One of the tries was right; the others still count."""
    one_less = func.greatest(col(AttemptLimitRow.tries) - 1, 0)
    await session.exec(
        update(AttemptLimitRow).where(col(AttemptLimitRow.key) == key).values(tries=one_less, blocked_until=None)
    )


async def _locked(session: Session, key: str, at: datetime) -> AttemptLimitRow:
    """The row of a key, ours alone, made where there is none: in one statement, as `forget` may come in between."""
    made = insert(AttemptLimitRow).values(key=key, tries=0, last_at=at)
    kept = made.on_conflict_do_update(index_elements=["key"], set_={"key": key}).returning(AttemptLimitRow)
    rows = await session.exec(kept.execution_options(populate_existing=True))
    row: AttemptLimitRow = rows.scalars().one()
    return row


def _pause(policy: BackoffPolicy, tries: int) -> timedelta:
    doublings = min(tries - policy.free, _MOST_DOUBLINGS)
    return min(policy.longest, policy.first * 2.0**doublings)
