"""What everybody is to know."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.announcements import operations
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import documented
from policies.access import Right

router = APIRouter(prefix="/notices", tags=["notices"], dependencies=[JsonOnly])
AnnouncementId = Annotated[str, Path(max_length=40)]
Reading = Annotated[Access, Depends(Needs(Right.NOTICE_READ))]
Publishing = Annotated[Access, Depends(Needs(Right.NOTICE_PUBLISH))]


@router.get("", responses=documented(401, 503))
async def get_notices(access: Reading, services: ServicesDep) -> list[operations.AnnouncementView]:
    """Notices you have not put away, the latest first."""
    return await operations.unseen(services, access)


@router.post("", status_code=201, responses=documented(401, 403, 413, 415, 422, 503))
async def publish_notice(
    body: operations.AnnouncementIn, access: Publishing, services: ServicesDep
) -> operations.AnnouncementView:
    """Tell everybody of your company something."""
    return await operations.publish(services, access, body)


@router.post("/{announcement_id}/withdraw", status_code=204, responses=documented(401, 403, 404, 415, 503))
async def withdraw_notice(announcement_id: AnnouncementId, access: Publishing, services: ServicesDep) -> None:
    """Take a notice back; nobody sees it any more."""
    await operations.withdraw(services, access, announcement_id)


@router.post("/{announcement_id}/dismiss", status_code=204, responses=documented(401, 404, 415, 503))
async def dismiss_notice(announcement_id: AnnouncementId, access: Reading, services: ServicesDep) -> None:
    """Put a notice away for yourself."""
    await operations.dismiss(services, access, announcement_id)
