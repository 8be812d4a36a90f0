"""Notices as people read them, and as admins publish them."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from api.deps import Access, Services
from api.http.schemas import Body, View
from models.db.announcements import announcements
from models.db.announcements.tables import AnnouncementRow
from models.db.session import new_id
from models.errors import InvalidRequest, NotFound

SHOWN = 50


class AnnouncementIn(Body):
    """What everybody of the tenant is to know; it is shown until it ends, is withdrawn, or is put away."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
    ends_at: AwareDatetime | None = Field(default=None, description="When it disappears by itself.")


class AnnouncementView(View):
    """One notice."""

    id: str
    title: str
    text: str
    published_at: datetime
    ends_at: datetime | None
    withdrawn_at: datetime | None


async def unseen(services: Services, access: Access) -> list[AnnouncementView]:
    """What this person has not put away yet, the latest first."""
    async with services.database.transaction() as session:
        rows = await announcements.unseen_by(session, access.person, services.now())
    return [AnnouncementView.model_validate(row) for row in rows]


async def published(services: Services, access: Access) -> list[AnnouncementView]:
    """All notices of the tenant, the latest first."""
    async with services.database.transaction() as session:
        rows = await announcements.of_tenant(session, access.person.tenant, SHOWN)
    return [AnnouncementView.model_validate(row) for row in rows]


async def publish(services: Services, access: Access, body: AnnouncementIn) -> AnnouncementView:
    """Tell everybody of the tenant."""
    now = services.now()
    if body.ends_at is not None and body.ends_at <= now:
        raise InvalidRequest("A notice ends after it begins.", field="ends_at")
    row = AnnouncementRow(
        tenant=access.person.tenant,
        id=new_id(),
        title=body.title,
        text=body.text,
        published_at=now,
        published_by=access.person.id,
        ends_at=body.ends_at,
    )
    async with services.database.transaction() as session:
        await announcements.publish(session, row)
    return AnnouncementView.model_validate(row)


async def withdraw(services: Services, access: Access, announcement_id: str) -> None:
    """Take a notice back. Raises NotFound."""
    async with services.database.transaction() as session:
        if not await announcements.withdraw(session, access.person.tenant, announcement_id, services.now()):
            raise NotFound("There is no such notice, or it was withdrawn before.")


async def dismiss(services: Services, access: Access, announcement_id: str) -> None:
    """Put a notice away for oneself. Raises NotFound."""
    async with services.database.transaction() as session:
        if not await announcements.dismiss(session, access.person, announcement_id, services.now()):
            raise NotFound("There is no such notice.")
