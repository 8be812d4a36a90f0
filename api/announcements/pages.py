"""Pages of notices: those that were published, and for admins the form that publishes one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.announcements import operations
from api.deps import Access, Needs, ServicesDep
from api.http.layout import show
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/notices")
AnnouncementId = Annotated[str, Path(max_length=40)]
Reading = Annotated[Access, Depends(Needs(Right.NOTICE_READ))]
Publishing = Annotated[Access, Depends(Needs(Right.NOTICE_PUBLISH))]
Text = Annotated[str, Form(max_length=4000)]


@router.get("")
async def show_notices(request: Request, access: Reading, services: ServicesDep) -> Response:
    """What everybody was told, the latest first."""
    return await _page(request, services, access)


@router.post("")
async def publish(
    request: Request, access: Publishing, services: ServicesDep, *, title: Text = "", text: Text = ""
) -> Response:
    """Tell everybody."""
    try:
        body = operations.AnnouncementIn(title=title, text=text)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): f"Please write {_LENGTHS[str(one['loc'][0])]}." for one in error.errors()}
        return await _page(request, services, access, status_code=422, title=title, text=text, wrong=wrong)
    await operations.publish(services, access, body)
    return RedirectResponse("/notices", status_code=303)


_LENGTHS = {"title": "a title of 3 to 120 characters", "text": "a text of 3 to 2,000 characters"}


@router.post("/{announcement_id}/withdraw")
async def withdraw(announcement_id: AnnouncementId, access: Publishing, services: ServicesDep) -> Response:
    """Take a notice back."""
    await operations.withdraw(services, access, announcement_id)
    return RedirectResponse("/notices", status_code=303)


@router.post("/{announcement_id}/dismiss")
async def dismiss(announcement_id: AnnouncementId, access: Reading, services: ServicesDep) -> Response:
    """Put a notice away for oneself."""
    await operations.dismiss(services, access, announcement_id)
    return RedirectResponse("/", status_code=303)


async def _page(
    request: Request, services: ServicesDep, access: Access, status_code: int = 200, **typed: object
) -> Response:
    scene = {"title": "", "text": "", "wrong": {}, "may_publish": access.may(Right.NOTICE_PUBLISH), **typed}
    scene["published"] = await operations.published(services, access)
    return await show(request, services, access, "announcements/list.html", scene, status_code=status_code)
