from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.http.validation import errors_by_field
from api.leaves import operations
from api.leaves.routes import (
    LeaveCancelAccess,
    LeaveChooseAccess,
    LeaveListAccess,
    LeaveReadAccess,
    LeaveStartAccess,
)
from api.leaves.schemas import LeaveChoicesIn, LeaveIn, LeaveQuery, LeaveView
from api.people.routes import PersonId
from models.errors import ActionNotAllowed, InvalidRequest, NotFound
from policies.access import Right

router = APIRouter(include_in_schema=False)

DONE: Mapping[str, str] = MappingProxyType(
    {
        "started": "Saved. This page is their checklist.",
        "chosen": "Saved.",
        "canceled": "Checklist stopped. Orders that have not been sent to a carrier are canceled.",
    }
)
FormText = Annotated[str, Form(max_length=254)]


@router.get("/leaves")
async def show_leaves(
    request: Request, query: Annotated[LeaveQuery, Query()], access: LeaveListAccess, services: ServicesDep
) -> Response:
    return await _list_page(request, services, access, query)


@router.post("/leaves")
async def find_person(
    request: Request, access: LeaveStartAccess, services: ServicesDep, name: FormText = ""
) -> Response:
    """Open the page of a person who leaves."""
    try:
        found = await operations.find_named(services, access, name)
    except InvalidRequest as error:
        return await _list_page(request, services, access, LeaveQuery(), name=name, error=error.detail)
    return RedirectResponse(f"/people/{found.id}/leave", status_code=303)


@router.get("/people/{person_id}/leave")
async def show_leave(
    person_id: PersonId,
    request: Request,
    *,
    access: LeaveReadAccess,
    services: ServicesDep,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    return await _page(request, services, access, person_id, done=DONE.get(done))


@router.post("/people/{person_id}/leave")
async def start_leave(
    person_id: PersonId,
    request: Request,
    *,
    access: LeaveStartAccess,
    services: ServicesDep,
    last_day: FormText = "",
    immediate: Annotated[bool, Form()] = False,
    successor: FormText = "",
) -> Response:
    """Only admins have the field of the successor. If they empty it, there is none."""
    typed = {"last_day": last_day, "immediate": immediate, "successor": successor}
    try:
        wanted: dict[str, Any] = {"last_day": last_day or None, "immediate": immediate}
        if successor or access.is_allowed(Right.PERSON_CHANGE):
            wanted["successor_id"] = await operations.find_successor(services, access, person_id, successor)
        body = LeaveIn.model_validate(wanted)
        await operations.start(services, access, person_id, body)
    except (ValidationError, InvalidRequest) as error:
        return await _page(request, services, access, person_id, errors=errors_by_field(error), typed=typed)
    except ActionNotAllowed as error:
        return await _page(request, services, access, person_id, errors={"": error.detail})
    return _done(person_id, "started")


@router.post("/people/{person_id}/leave/choices")
async def choose(person_id: PersonId, request: Request, access: LeaveChooseAccess, services: ServicesDep) -> Response:
    """Each field is named after a line or device: `line.ID`, with `to.ID` for the person who takes it over."""
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        wanted = await operations.named_choices(services, access, typed)
        await operations.choose(services, access, person_id, LeaveChoicesIn.model_validate({"choices": wanted}))
    except (ValidationError, InvalidRequest) as error:
        return await _page(request, services, access, person_id, errors=errors_by_field(error), typed=typed)
    except ActionNotAllowed as error:
        return await _page(request, services, access, person_id, errors={"": error.detail})
    return _done(person_id, "chosen")


@router.post("/people/{person_id}/leave/cancel")
async def cancel_leave(
    person_id: PersonId, request: Request, access: LeaveCancelAccess, services: ServicesDep
) -> Response:
    try:
        await operations.cancel(services, access, person_id)
    except ActionNotAllowed as error:
        return await _page(request, services, access, person_id, errors={"": error.detail})
    return _done(person_id, "canceled")


def _done(person_id: str, what: str) -> Response:
    return RedirectResponse(f"/people/{person_id}/leave?done={what}", status_code=303)


async def _list_page(
    request: Request, services: Services, access: Access, query: LeaveQuery, *, name: str = "", error: str = ""
) -> Response:
    listed = await operations.list_open(services, access, query)
    context = {
        "leaves": listed.items,
        "next_page": next_page_url(request, listed.next_cursor),
        "can_start": await operations.can_start_any(services, access),
        "name": name,
        "error": error,
    }
    return await render_page(request, services, access, "leaves/list.html", context, status_code=422 if error else 200)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    person_id: str,
    *,
    done: str | None = None,
    errors: Mapping[str, str] = MappingProxyType({}),
    typed: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    person, can = await operations.find_for(services, access.for_right(Right.LEAVE_READ), person_id)
    leave: LeaveView | None = None
    try:
        leave = await operations.read(services, access.for_right(Right.LEAVE_READ), person_id)
    except NotFound:
        if not can.start:
            raise
    # Each with what it means, as one sentence beside the button.
    options = {
        item.id: [(one.code, f"{one.label}. {one.help}", "") for one in item.options]
        for item in (leave.items if leave else ())
    }
    context = {
        "person": person,
        "leave": leave,
        "options": options,
        "can": can,
        "done": done,
        "errors": errors,
        "typed": typed,
    }
    return await render_page(
        request, services, access, "leaves/leave.html", context, status_code=422 if errors else 200
    )
