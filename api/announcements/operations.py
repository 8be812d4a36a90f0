"""Announcements: admins post them, everyone in the tenant sees them until they dismiss them."""

from api.announcements.schemas import AnnouncementIn, AnnouncementView
from api.deps import Access, Services
from models.db.announcements import announcements
from models.db.announcements.tables import AnnouncementRow
from models.db.session import new_id
from models.errors import InvalidRequest, NotFound

MAX_LISTED = 50


async def current(services: Services, access: Access) -> list[AnnouncementView]:
    """The announcements the caller has not dismissed, latest first."""
    async with services.database.read() as session:
        rows = await announcements.unseen_by(session, access.person, services.now())
    return [AnnouncementView.model_validate(row) for row in rows]


async def list_all(services: Services, access: Access) -> list[AnnouncementView]:
    """All announcements of the tenant, latest first."""
    async with services.database.read() as session:
        rows = await announcements.of_tenant(session, access.person.tenant, MAX_LISTED)
    return [AnnouncementView.model_validate(row) for row in rows]


async def post(services: Services, access: Access, body: AnnouncementIn) -> AnnouncementView:
    """Raises InvalidRequest if it would end in the past."""
    now = services.now()
    if body.ends_at is not None and body.ends_at <= now:
        raise InvalidRequest("The end must be in the future.", field="ends_at")
    row = AnnouncementRow(
        **body.model_dump(),
        tenant=access.person.tenant,
        id=new_id(),
        posted_at=now,
        posted_by=access.person.id,
    )
    await services.database.run(announcements.post, row)
    return AnnouncementView.model_validate(row)


async def remove(services: Services, access: Access, announcement_id: str) -> None:
    """Raises NotFound."""
    if not await services.database.run(announcements.remove, access.person.tenant, announcement_id, services.now()):
        raise NotFound("Announcement not found, or already removed.")


async def dismiss(services: Services, access: Access, announcement_id: str) -> None:
    """Hide an announcement from the caller. Raises NotFound."""
    if not await services.database.run(announcements.dismiss, access.person, announcement_id, services.now()):
        raise NotFound("Announcement not found.")
