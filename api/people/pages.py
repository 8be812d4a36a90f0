"""The pages for finding and adding people, and for resetting their credentials."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.accounts.operations import account_options
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import download_url
from api.http.schemas import SearchText
from api.http.statuses import ROLE_NAMES
from api.inventory import operations as inventory
from api.inventory.schemas import DeviceQuery, LineQuery
from api.orders.order_list import newest_orders
from api.people import operations
from api.people.operations import MAX_FOUND
from api.people.routes import CredentialResetAccess, PersonCreateAccess, PersonId, PersonLookUpAccess, UserNameAccess
from api.people.schemas import PersonIn, ReasonIn
from models.db.orders.order_list import OrderFilters
from models.errors import InvalidRequest
from models.facts import Role
from policies.access import Right, assignable_roles

router = APIRouter(include_in_schema=False, prefix="/people")

MAX_LINES_AND_DEVICES = 5
MAX_ORDERS = 10
PersonField = Annotated[str, Form(max_length=254)]
DONE: Mapping[str, str] = MappingProxyType(
    {
        "created": "Invitation sent.",
        "link": "Password reset sent. All sessions ended.",
        "factor": "Authenticator reset. All sessions ended, and we emailed them a link for a new password.",
        "changed": "Changes saved.",
        "roles": "Roles saved.",
        "no-show": "Saved. Their access ends now, and orders are canceled. See the checklist for the rest.",
        "deactivated": "Deactivated. All sessions, tokens and approval links ended.",
        "reactivated": "Reactivated. They can sign in again.",
    }
)
EMPTY_FORM: Mapping[str, Any] = MappingProxyType(
    {
        "name": "",
        "email": "",
        "employee_number": "",
        "title": "",
        "account": "",
        "starts_on": "",
        "roles": [],
        "owns": [],
    }
)
_RESETS = MappingProxyType({"link": operations.send_reset_link, "factor": operations.reset_factor})


@router.get("")
async def show_people(
    request: Request, access: PersonLookUpAccess, services: ServicesDep, q: Annotated[SearchText, Query()] = ""
) -> Response:
    found = await operations.search(services, access, q, limit=MAX_FOUND + 1)
    people, more = found[:MAX_FOUND], len(found) > MAX_FOUND
    context = {
        "q": q,
        "people": people,
        "more": more,
        "can_add": access.is_allowed(Right.PERSON_CREATE),
        "download": download_url(request),
    }
    return await render_page(request, services, access, "people/list.html", context)


@router.get("/new")
async def show_new_person(request: Request, access: PersonCreateAccess, services: ServicesDep) -> Response:
    return await _form(request, services, access, EMPTY_FORM, {})


@router.post("/new")
async def create_person(
    request: Request,
    access: PersonCreateAccess,
    services: ServicesDep,
    *,
    name: PersonField = "",
    email: PersonField = "",
    employee_number: PersonField = "",
    title: PersonField = "",
    account: PersonField = "",
    starts_on: PersonField = "",
    roles: Annotated[list[Role] | None, Form()] = None,
    owns: PersonField = "",
) -> Response:
    form: dict[str, Any] = {
        "name": name,
        "email": email,
        "employee_number": employee_number,
        "title": title,
        "account": account,
        "starts_on": starts_on,
        "roles": roles or [],
        "owns": [owns] if owns else [],
    }
    try:
        created = await operations.create(services, access, PersonIn(**form | {"starts_on": starts_on or None}))
    except ValidationError as error:
        fields = [str(one["loc"][0]) for one in error.errors()]
        return await _form(
            request,
            services,
            access,
            form,
            {
                field: "Enter an email address, such as ann@company.com."
                if field == "email"
                else "This field is required."
                for field in fields
            },
        )
    except InvalidRequest as error:
        return await _form(request, services, access, form, {error.field or "": error.detail})
    return RedirectResponse(f"/people/{created.id}?done=created", status_code=303)


@router.get("/{person_id}")
async def show_person(
    person_id: PersonId,
    request: Request,
    access: PersonLookUpAccess,
    services: ServicesDep,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    return await _person_page(request, services, access, person_id, done=DONE.get(done))


@router.post("/{person_id}/user-name")
async def look_up_user_name(
    person_id: PersonId, request: Request, access: UserNameAccess, services: ServicesDep
) -> Response:
    found = await operations.look_up_user_name(services, access, person_id)
    return await _person_page(request, services, access, person_id, user_name=found.user_name)


@router.get("/{person_id}/reset-link")
async def show_reset_link(
    person_id: PersonId, request: Request, access: CredentialResetAccess, services: ServicesDep
) -> Response:
    return await _reason_page(request, services, access, person_id, "link")


@router.post("/{person_id}/reset-link")
async def send_reset_link(
    person_id: PersonId,
    request: Request,
    access: CredentialResetAccess,
    services: ServicesDep,
    reason: PersonField = "",
) -> Response:
    return await _reset(request, services, access, person_id, "link", reason=reason)


@router.get("/{person_id}/reset-factor")
async def show_reset_factor(
    person_id: PersonId, request: Request, access: CredentialResetAccess, services: ServicesDep
) -> Response:
    return await _reason_page(request, services, access, person_id, "factor")


@router.post("/{person_id}/reset-factor")
async def reset_factor(
    person_id: PersonId,
    request: Request,
    access: CredentialResetAccess,
    services: ServicesDep,
    reason: PersonField = "",
) -> Response:
    return await _reset(request, services, access, person_id, "factor", reason=reason)


async def _reset(
    request: Request, services: Services, access: Access, person_id: str, target: str, *, reason: str
) -> Response:
    try:
        await _RESETS[target](services, access, person_id, ReasonIn(reason=reason))
    except ValidationError:
        return await _reason_page(request, services, access, person_id, target, invalid=True)
    return RedirectResponse(f"/people/{person_id}?done={target}", status_code=303)


async def _person_page(
    request: Request,
    services: Services,
    access: Access,
    person_id: str,
    *,
    user_name: str | None = None,
    done: str | None = None,
) -> Response:
    person, can = await operations.read_for(services, access, person_id)
    of_person = {"holder": person_id, "limit": MAX_LINES_AND_DEVICES}
    lines = await inventory.list_lines(
        services, access.for_right(Right.LINE_READ), LineQuery(**of_person), newest_first=True
    )
    devices = await inventory.list_devices(
        services, access.for_right(Right.DEVICE_READ), DeviceQuery(**of_person), newest_first=True
    )
    orders = await newest_orders(
        services, access.for_right(Right.ORDER_READ), OrderFilters(involves=person_id), limit=MAX_ORDERS
    )
    context = {
        "person": person,
        "can": can,
        "own": person_id == access.person.id,
        "user_name": user_name,
        "done": done,
        "lines": lines.items,
        "devices": devices.items,
        "orders": orders.items,
        "has_more_orders": orders.next_cursor is not None,
    }
    return await render_page(request, services, access, "people/person.html", context)


async def _reason_page(
    request: Request, services: Services, access: Access, person_id: str, target: str, *, invalid: bool = False
) -> Response:
    return await render_page(
        request,
        services,
        access,
        "people/reason.html",
        {"person": await operations.read(services, access, person_id), "target": target, "invalid": invalid},
        status_code=422 if invalid else 200,
    )


async def _form(
    request: Request, services: Services, access: Access, form: Mapping[str, Any], errors: dict[str, str]
) -> Response:
    context = {
        "form": form,
        "errors": errors,
        "accounts": await account_options(services, access),
        "roles": [(role.value, ROLE_NAMES[role], "") for role in Role if role in assignable_roles(access.person)],
    }
    return await render_page(request, services, access, "people/new.html", context, status_code=422 if errors else 200)
