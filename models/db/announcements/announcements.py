"""Notices: published to everybody of a tenant, shown to each person until put away."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select

from models.db.announcements.tables import AnnouncementDismissalRow, AnnouncementRow
from models.db.session import Session
from models.facts import Person


async def publish(session: Session, row: AnnouncementRow) -> None:
    """Tell everybody."""
    session.add(row)
    await session.flush()


async def withdraw(session: Session, tenant: str, announcement_id: str, at: datetime) -> bool:
    """Stop telling; False when there is no such notice or it was withdrawn before."""
    ended = await session.exec(
        update(AnnouncementRow)
        .where(
            col(AnnouncementRow.tenant) == tenant,
            col(AnnouncementRow.id) == announcement_id,
            col(AnnouncementRow.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=at)
    )
    return bool(ended.rowcount)


async def of_tenant(session: Session, tenant: str, limit: int) -> Sequence[AnnouncementRow]:
    """All notices there were, the latest first."""
    found = await session.exec(
        select(AnnouncementRow)
        .where(col(AnnouncementRow.tenant) == tenant)
        .order_by(col(AnnouncementRow.published_at).desc(), col(AnnouncementRow.id).desc())
        .limit(limit)
    )
    return found.all()


async def unseen_by(session: Session, person: Person, at: datetime) -> Sequence[AnnouncementRow]:
    """Notices in force that this person has not put away, the latest first."""
    dismissed = select(col(AnnouncementDismissalRow.announcement_id)).where(
        col(AnnouncementDismissalRow.tenant) == person.tenant, col(AnnouncementDismissalRow.person_id) == person.id
    )
    found = await session.exec(
        select(AnnouncementRow)
        .where(
            col(AnnouncementRow.tenant) == person.tenant,
            col(AnnouncementRow.withdrawn_at).is_(None),
            or_(col(AnnouncementRow.ends_at).is_(None), col(AnnouncementRow.ends_at) > at),
            col(AnnouncementRow.id).not_in(dismissed),
        )
        .order_by(col(AnnouncementRow.published_at).desc(), col(AnnouncementRow.id).desc())
    )
    return found.all()


async def dismiss(session: Session, person: Person, announcement_id: str, at: datetime) -> bool:
    """Put a notice away for this person, once or again; False when the tenant has no such notice."""
    if await session.get(AnnouncementRow, (person.tenant, announcement_id)) is None:
        return False
    values = {"tenant": person.tenant, "announcement_id": announcement_id, "person_id": person.id, "at": at}
    await session.exec(insert(AnnouncementDismissalRow).values(values).on_conflict_do_nothing())
    return True
