"""Browsers that are signed in: begun, seen, stepped up and ended, each found by the SHA-256 of its cookie."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sign_in.tables import PortalSessionRow

COARSE = timedelta(minutes=1)


async def begin(session: Session, row: PortalSessionRow) -> None:
    """Remember a session that was just handed out."""
    session.add(row)
    await session.flush()


async def seen(
    session: Session, digest: str, *, at: datetime, idle: timedelta
) -> tuple[PersonRow, PortalSessionRow] | None:
    """Whose session this is, while it lives; noted as seen, at most once a minute."""
    row = await live(session, digest, at=at, idle=idle)
    if row is not None and row[1].last_seen_at < at - COARSE:
        is_it = col(PortalSessionRow.digest) == digest
        await session.exec(update(PortalSessionRow).where(is_it).values(last_seen_at=at))
    return row


async def live(
    session: Session, digest: str, *, at: datetime, idle: timedelta
) -> tuple[PersonRow, PortalSessionRow] | None:
    """Whose session this is, while it lives; looking does not keep it alive."""
    found = await session.exec(
        select(PersonRow, PortalSessionRow)
        .join(
            PortalSessionRow,
            (col(PortalSessionRow.tenant) == col(PersonRow.tenant))
            & (col(PortalSessionRow.person_id) == col(PersonRow.id)),
        )
        .where(col(PortalSessionRow.digest) == digest, *_live(at, idle), col(PersonRow.active))
    )
    return found.first()


async def live_of(
    session: Session, tenant: str, person_id: str, *, at: datetime, idle: timedelta
) -> list[PortalSessionRow]:
    """The living sessions of a person, the one seen last first."""
    rows = await session.exec(
        select(PortalSessionRow)
        .where(*_of(tenant, person_id), *_live(at, idle))
        .order_by(col(PortalSessionRow.last_seen_at).desc())
    )
    return list(rows.all())


async def step_up(session: Session, session_id: str, *, at: datetime) -> None:
    """A second factor was given in this session just now."""
    await session.exec(update(PortalSessionRow).where(col(PortalSessionRow.id) == session_id).values(stepped_up_at=at))


async def end(session: Session, tenant: str, person_id: str, session_id: str, *, at: datetime) -> bool:
    """End one session of a person; False when there is no such one, or it was ended before."""
    ended = await session.exec(
        update(PortalSessionRow)
        .where(
            *_of(tenant, person_id), col(PortalSessionRow.id) == session_id, col(PortalSessionRow.revoked_at).is_(None)
        )
        .values(revoked_at=at)
    )
    return bool(ended.rowcount)


async def end_digest(session: Session, digest: str, *, at: datetime) -> PersonRow | None:
    """End the session of a cookie; whose it was, if it was one that had not ended."""
    row = await session.get(PortalSessionRow, digest)
    if row is None or row.revoked_at is not None:
        return None
    row.revoked_at = at
    await session.flush()
    return await session.get_one(PersonRow, (row.tenant, row.person_id))


async def end_all(session: Session, tenant: str, person_id: str, *, at: datetime, but: str | None = None) -> int:
    """End all sessions of a person, but for one where it is named; how many there were."""
    ended = await session.exec(
        update(PortalSessionRow)
        .where(
            *_of(tenant, person_id),
            col(PortalSessionRow.revoked_at).is_(None),
            col(PortalSessionRow.id).is_distinct_from(but),
        )
        .values(revoked_at=at)
    )
    return int(ended.rowcount)


def _of(tenant: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return (col(PortalSessionRow.tenant) == tenant, col(PortalSessionRow.person_id) == person_id)


def _live(at: datetime, idle: timedelta) -> tuple[ColumnElement[bool], ...]:
    return (
        col(PortalSessionRow.expires_at) > at,
        col(PortalSessionRow.last_seen_at) > at - idle,
        col(PortalSessionRow.revoked_at).is_(None),
    )
