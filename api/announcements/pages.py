from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.announcements import operations
from api.announcements.routes import (
    AnnouncementDismissAccess,
    AnnouncementId,
    AnnouncementPostAccess,
    AnnouncementReadAccess,
)
from api.announcements.schemas import AnnouncementIn
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/announcements")
AnnouncementField = Annotated[str, Form(max_length=4000)]

_ERRORS: Mapping[str, str] = MappingProxyType(
    {"title": "Enter a title of 3 to 120 characters.", "text": "Enter a message of 3 to 2,000 characters."}
)


@router.get("")
async def show_announcements(request: Request, access: AnnouncementReadAccess, services: ServicesDep) -> Response:
    return await _page(request, services, access)


@router.post("")
async def post(
    request: Request,
    access: AnnouncementPostAccess,
    services: ServicesDep,
    *,
    title: AnnouncementField = "",
    text: AnnouncementField = "",
) -> Response:
    try:
        body = AnnouncementIn(title=title, text=text)
    except ValidationError as error:
        errors = {str(one["loc"][0]): _ERRORS[str(one["loc"][0])] for one in error.errors()}
        return await _page(request, services, access, title=title, text=text, errors=errors)
    await operations.post(services, access, body)
    return RedirectResponse("/announcements", status_code=303)


@router.post("/{announcement_id}/remove")
async def remove(announcement_id: AnnouncementId, access: AnnouncementPostAccess, services: ServicesDep) -> Response:
    await operations.remove(services, access, announcement_id)
    return RedirectResponse("/announcements", status_code=303)


@router.post("/{announcement_id}/dismiss")
async def dismiss(
    announcement_id: AnnouncementId, access: AnnouncementDismissAccess, services: ServicesDep
) -> Response:
    await operations.dismiss(services, access, announcement_id)
    return RedirectResponse("/", status_code=303)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    *,
    title: str = "",
    text: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    context = {
        "announcements": await operations.list_all(services, access),
        "can_post": access.is_allowed(Right.ANNOUNCEMENT_POST),
        "title": title,
        "text": text,
        "errors": errors or {},
    }
    return await render_page(
        request, services, access, "announcements/list.html", context, status_code=422 if errors else 200
    )
