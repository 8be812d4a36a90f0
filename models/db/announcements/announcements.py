"""Announcements to everyone in a tenant."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.db.announcements.tables import AnnouncementDismissalRow, AnnouncementRow
from models.db.session import Session
from models.facts import Person


async def post(session: Session, row: AnnouncementRow) -> None:
    await session.insert(row)


async def remove(session: Session, tenant: str, announcement_id: str, at: datetime) -> bool:
    """Remove an announcement; False if there is none or it is removed already."""
    ended = update(AnnouncementRow).where(
        col(AnnouncementRow.tenant) == tenant,
        col(AnnouncementRow.id) == announcement_id,
        col(AnnouncementRow.removed_at).is_(None),
    )
    return bool(await session.affected(ended.values(removed_at=at)))


async def of_tenant(session: Session, tenant: str, limit: int) -> list[AnnouncementRow]:
    """All announcements of a tenant, the latest first."""
    return await session.all(_latest_first(tenant).limit(limit))


async def unseen_by(session: Session, person: Person, at: datetime) -> list[AnnouncementRow]:
    """Current announcements this person has not dismissed, the latest first."""
    dismissed = select(col(AnnouncementDismissalRow.announcement_id)).where(
        col(AnnouncementDismissalRow.tenant) == person.tenant, col(AnnouncementDismissalRow.person_id) == person.id
    )
    return await session.all(
        _latest_first(person.tenant).where(
            col(AnnouncementRow.removed_at).is_(None),
            or_(col(AnnouncementRow.ends_at).is_(None), col(AnnouncementRow.ends_at) > at),
            col(AnnouncementRow.id).not_in(dismissed),
        )
    )


async def dismiss(session: Session, person: Person, announcement_id: str, at: datetime) -> bool:
    """Stop showing an announcement to this person; False if the tenant has no such announcement. Idempotent."""
    if await session.get(AnnouncementRow, (person.tenant, announcement_id)) is None:
        return False
    await session.insert_once(
        AnnouncementDismissalRow(tenant=person.tenant, announcement_id=announcement_id, person_id=person.id, at=at)
    )
    return True


def _latest_first(tenant: str) -> SelectOfScalar[AnnouncementRow]:
    return (
        select(AnnouncementRow)
        .where(col(AnnouncementRow.tenant) == tenant)
        .order_by(col(AnnouncementRow.posted_at).desc(), col(AnnouncementRow.id).desc())
    )
