"""Portal sessions of signed-in browsers, each found by the SHA-256 of its cookie."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, update
from sqlmodel import col, select

from models.db.clauses import belongs_to_person, matches
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import PortalSessionRow
from models.db.statement import Statement, param

Moment = datetime | BindParameter[Any]
# How old `last_seen_at` gets before a request writes it again.
LAST_SEEN_PRECISION = timedelta(minutes=1)


def _live(at: Moment, seen_after: Moment) -> tuple[ColumnElement[bool], ...]:
    return (
        col(PortalSessionRow.expires_at) > at,
        col(PortalSessionRow.last_seen_at) > seen_after,
        col(PortalSessionRow.revoked_at).is_(None),
    )


_LIVE = Statement[tuple[PersonRow, PortalSessionRow]](
    select(PersonRow, PortalSessionRow)
    .join(PortalSessionRow, matches(PortalSessionRow.person_id, PersonRow.id))
    .where(
        col(PortalSessionRow.digest) == param("digest"),
        *_live(param("at"), param("seen_after")),
        col(PersonRow.active),
    ),
    PersonRow,
    PortalSessionRow,
)
_SEEN = Statement[None](
    update(PortalSessionRow)
    .where(col(PortalSessionRow.digest) == param("of"))
    .values(last_seen_at=param("last_seen_at"))
)


async def begin(session: Session, row: PortalSessionRow) -> None:
    await session.insert(row)


def is_use_to_note(row: PortalSessionRow, at: datetime) -> bool:
    """Whether the last request that is noted is too old to tell when the person was here."""
    return row.last_seen_at < at - LAST_SEEN_PRECISION


async def note_use(session: Session, digest: str, *, at: datetime) -> None:
    """Extend the session."""
    await session.affected(_SEEN, of=digest, last_seen_at=at)


async def live(
    session: Session, digest: str, *, at: datetime, idle: timedelta
) -> tuple[PersonRow, PortalSessionRow] | None:
    """The person and session of a live cookie; reading does not extend the session."""
    return await session.first(_LIVE, digest=digest, at=at, seen_after=at - idle)


async def live_of(
    session: Session, tenant: str, person_id: str, *, at: datetime, idle: timedelta
) -> list[PortalSessionRow]:
    """A person's live sessions, the most recently seen first."""
    return await session.all(
        select(PortalSessionRow)
        .where(belongs_to_person(PortalSessionRow, tenant, person_id), *_live(at, at - idle))
        .order_by(col(PortalSessionRow.last_seen_at).desc())
    )


async def step_up(session: Session, session_id: str, *, at: datetime) -> None:
    """Store that a second factor was verified in this session."""
    await session.exec(update(PortalSessionRow).where(col(PortalSessionRow.id) == session_id).values(stepped_up_at=at))


async def end(session: Session, tenant: str, person_id: str, session_id: str, *, at: datetime) -> bool:
    """End one session of a person; False if there is none or it ended before."""
    this = (*_unrevoked_of(tenant, person_id), col(PortalSessionRow.id) == session_id)
    return bool(await session.affected(update(PortalSessionRow).where(*this).values(revoked_at=at)))


async def end_digest(session: Session, digest: str, *, at: datetime) -> PersonRow | None:
    """End the session of a cookie; returns its person, None if there was no session to end."""
    row = await session.get(PortalSessionRow, digest)
    if row is None or row.revoked_at is not None:
        return None
    row.revoked_at = at
    await session.flush()
    return await session.get_one(PersonRow, (row.tenant, row.person_id))


async def end_all(session: Session, tenant: str, person_id: str, *, at: datetime, but: str | None = None) -> int:
    """End all sessions of a person, except the session with the id `but`; returns how many."""
    others = (*_unrevoked_of(tenant, person_id), col(PortalSessionRow.id).is_distinct_from(but))
    return await session.affected(update(PortalSessionRow).where(*others).values(revoked_at=at))


def _unrevoked_of(tenant: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return belongs_to_person(PortalSessionRow, tenant, person_id), col(PortalSessionRow.revoked_at).is_(None)
