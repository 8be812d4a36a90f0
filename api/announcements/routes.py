from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.announcements import operations
from api.announcements.schemas import AnnouncementIn, AnnouncementView
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/announcements", tags=["announcements"], dependencies=[JsonOnly])
AnnouncementId = Annotated[str, Path(max_length=40)]
AnnouncementReadAccess = Annotated[Access, Depends(Needs(Right.ANNOUNCEMENT_READ))]
AnnouncementDismissAccess = Annotated[Access, Depends(Needs(Right.ANNOUNCEMENT_DISMISS))]
AnnouncementPostAccess = Annotated[Access, Depends(Needs(Right.ANNOUNCEMENT_POST))]


@router.get("", responses=error_responses(401, 503))
async def get_announcements(access: AnnouncementReadAccess, services: ServicesDep) -> list[AnnouncementView]:
    """Announcements you haven't dismissed, latest first."""
    return await operations.current(services, access)


@router.post("", status_code=201, responses=error_responses(401, 403, 413, 415, 422, 503))
async def post_announcement(
    body: AnnouncementIn, access: AnnouncementPostAccess, services: ServicesDep
) -> AnnouncementView:
    """Post an announcement to everyone in your company."""
    return await operations.post(services, access, body)


@router.post("/{announcement_id}/remove", status_code=204, responses=error_responses(401, 403, 404, 415, 503))
async def remove_announcement(
    announcement_id: AnnouncementId, access: AnnouncementPostAccess, services: ServicesDep
) -> None:
    """Remove an announcement for everyone."""
    await operations.remove(services, access, announcement_id)


@router.post("/{announcement_id}/dismiss", status_code=204, responses=error_responses(401, 403, 404, 415, 503))
async def dismiss_announcement(
    announcement_id: AnnouncementId, access: AnnouncementDismissAccess, services: ServicesDep
) -> None:
    """Dismiss an announcement for yourself."""
    await operations.dismiss(services, access, announcement_id)
