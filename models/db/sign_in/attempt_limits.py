"""Counting tries that may be guesses: each is counted before it is looked at, and given back when it was right."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db.session import Session
from models.db.sign_in.tables import ThrottleRow

_MOST_DOUBLINGS = 20


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How many tries are free; then each next one waits, twice as long every time, up to `longest`.

    What failed is forgotten when nothing was tried for as long as `forget`.
    """

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What came of counting a try: it is let through, or refused until then. `last` of those that are free."""

    refused_until: datetime | None = None
    last: bool = False


async def charge(session: Session, key: str, patience: Patience, *, at: datetime) -> Charge:
    """Count one try; where none is let through, count nothing.

    Tries that come together queue for the row's lock, so that no crowd of them passes uncounted.
    """
    row = await _locked(session, key, at)
    if row.refused_until is not None and row.refused_until > at:
        return Charge(refused_until=row.refused_until)
    row.tries = 1 if row.last_at < at - patience.forget else row.tries + 1
    row.last_at = at
    row.refused_until = at + _pause(patience, row.tries) if row.tries >= patience.free else None
    await session.flush()
    return Charge(last=row.tries == patience.free)


async def forget(session: Session, key: str) -> None:
    """Whoever tried here has proven who they are."""
    await session.exec(delete(ThrottleRow).where(col(ThrottleRow.key) == key))


async def give_back(session: Session, key: str) -> None:
    """One of the tries was right; the others still count."""
    one_less = func.greatest(col(ThrottleRow.tries) - 1, 0)
    await session.exec(
        update(ThrottleRow).where(col(ThrottleRow.key) == key).values(tries=one_less, refused_until=None)
    )


async def _locked(session: Session, key: str, at: datetime) -> ThrottleRow:
    """The row of a key, ours alone, made where there is none: in one statement, as `forget` may come in between."""
    made = insert(ThrottleRow).values(key=key, tries=0, last_at=at)
    kept = made.on_conflict_do_update(index_elements=["key"], set_={"key": key}).returning(ThrottleRow)
    rows = await session.exec(kept.execution_options(populate_existing=True))
    row: ThrottleRow = rows.scalars().one()
    return row


def _pause(patience: Patience, tries: int) -> timedelta:
    doublings = min(tries - patience.free, _MOST_DOUBLINGS)
    return min(patience.longest, patience.first * 2.0**doublings)
