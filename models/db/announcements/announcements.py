"""Notices: published to everybody of a tenant, shown to each person until put away."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select

from models.db.announcements.tables import DismissalRow, NoticeRow
from models.db.session import Session
from models.facts import Person


async def publish(session: Session, row: NoticeRow) -> None:
    """Tell everybody."""
    session.add(row)
    await session.flush()


async def withdraw(session: Session, tenant: str, notice_id: str, at: datetime) -> bool:
    """Stop telling; False when there is no such notice or it was withdrawn before."""
    ended = await session.exec(
        update(NoticeRow)
        .where(col(NoticeRow.tenant) == tenant, col(NoticeRow.id) == notice_id, col(NoticeRow.withdrawn_at).is_(None))
        .values(withdrawn_at=at)
    )
    return bool(ended.rowcount)


async def of_tenant(session: Session, tenant: str, limit: int) -> Sequence[NoticeRow]:
    """All notices there were, the latest first."""
    found = await session.exec(
        select(NoticeRow)
        .where(col(NoticeRow.tenant) == tenant)
        .order_by(col(NoticeRow.published_at).desc(), col(NoticeRow.id).desc())
        .limit(limit)
    )
    return found.all()


async def unseen_by(session: Session, person: Person, at: datetime) -> Sequence[NoticeRow]:
    """Notices in force that this person has not put away, the latest first."""
    dismissed = select(col(DismissalRow.notice_id)).where(
        col(DismissalRow.tenant) == person.tenant, col(DismissalRow.person_id) == person.id
    )
    found = await session.exec(
        select(NoticeRow)
        .where(
            col(NoticeRow.tenant) == person.tenant,
            col(NoticeRow.withdrawn_at).is_(None),
            or_(col(NoticeRow.ends_at).is_(None), col(NoticeRow.ends_at) > at),
            col(NoticeRow.id).not_in(dismissed),
        )
        .order_by(col(NoticeRow.published_at).desc(), col(NoticeRow.id).desc())
    )
    return found.all()


async def dismiss(session: Session, person: Person, notice_id: str, at: datetime) -> bool:
    """Put a notice away for this person, once or again; False when the tenant has no such notice."""
    if await session.get(NoticeRow, (person.tenant, notice_id)) is None:
        return False
    values = {"tenant": person.tenant, "notice_id": notice_id, "person_id": person.id, "at": at}
    await session.exec(insert(DismissalRow).values(values).on_conflict_do_nothing())
    return True
