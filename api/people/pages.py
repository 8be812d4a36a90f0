"""Support's pages: finding people, giving somebody access, and helping them back in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.accounts.operations import list_accounts
from api.deps import Access, Needs, ServicesDep
from api.http.layout import show
from api.people import operations
from api.people.operations import ROLE_NAMES, PersonIn, ReasonIn
from models.errors import InvalidRequest
from models.facts import Role
from policies.access import Right, assignable_roles

router = APIRouter(include_in_schema=False, prefix="/people")

LookingUp = Annotated[Access, Depends(Needs(Right.PERSON_LOOK_UP))]
Creating = Annotated[Access, Depends(Needs(Right.PERSON_CREATE))]
Resetting = Annotated[Access, Depends(Needs(Right.PERSON_RESET))]
PersonId = Annotated[str, Path(max_length=40)]
Text = Annotated[str, Form(max_length=254)]

DONE = {
    "created": "Access was given, and an invitation is on its way.",
    "link": "A link to a new password is on its way, and all sessions have ended.",
    "factor": "The authenticator was reset, and all sessions have ended.",
}


@router.get("")
async def show_people(
    request: Request, access: LookingUp, services: ServicesDep, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Find somebody."""
    found = await operations.search(services, access, q)
    scene = {"q": q, "found": found, "role_names": ROLE_NAMES, "most": operations.MOST_FOUND}
    return await show(request, services, access, "people/list.html", scene)


@router.get("/new")
async def show_new_person(request: Request, access: Creating, services: ServicesDep) -> Response:
    """Ask who is to get access."""
    return await _form(request, services, access, {})


@router.post("/new")
async def create_person(
    request: Request,
    access: Creating,
    services: ServicesDep,
    *,
    name: Text = "",
    email: Text = "",
    employee_number: Text = "",
    title: Text = "",
    account: Text = "",
    roles: Annotated[list[Role] | None, Form()] = None,
    owns: Text = "",
) -> Response:
    """Give somebody access."""
    typed: dict[str, Any] = {
        "name": name,
        "email": email,
        "employee_number": employee_number,
        "title": title,
        "account": account,
        "roles": roles or [],
        "owns": [owns] if owns else [],
    }
    try:
        made = await operations.create(services, access, PersonIn(**typed))
    except ValidationError as error:
        wrong = {str(one["loc"][0]): _plain(str(one["loc"][0])) for one in error.errors()}
        return await _form(request, services, access, typed, wrong)
    except InvalidRequest as error:
        return await _form(request, services, access, typed, {error.field or "": error.detail})
    return RedirectResponse(f"/people/{made.id}?done=created", status_code=303)


@router.get("/{person_id}")
async def show_person(
    person_id: PersonId,
    request: Request,
    access: LookingUp,
    services: ServicesDep,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One person, and what can be done for them."""
    return await _card(request, services, access, person_id, done=DONE.get(done))


@router.post("/{person_id}/user-name")
async def look_up_user_name(
    person_id: PersonId, request: Request, access: LookingUp, services: ServicesDep
) -> Response:
    """Tell the user name; that it was told is recorded."""
    told = await operations.look_up_user_name(services, access, person_id)
    return await _card(request, services, access, person_id, user_name=told.user_name)


@router.get("/{person_id}/reset-link")
async def show_reset_link(person_id: PersonId, request: Request, access: Resetting, services: ServicesDep) -> Response:
    """Ask for the reason."""
    return await _reason(request, services, access, person_id, "link")


@router.post("/{person_id}/reset-link")
async def send_reset_link(
    person_id: PersonId, request: Request, access: Resetting, services: ServicesDep, reason: Text = ""
) -> Response:
    """Mail a link to a new password."""
    try:
        await operations.send_reset_link(services, access, person_id, ReasonIn(reason=reason))
    except ValidationError:
        return await _reason(request, services, access, person_id, "link", wrong=True)
    return RedirectResponse(f"/people/{person_id}?done=link", status_code=303)


@router.get("/{person_id}/reset-factor")
async def show_reset_factor(
    person_id: PersonId, request: Request, access: Resetting, services: ServicesDep
) -> Response:
    """Ask for the reason."""
    return await _reason(request, services, access, person_id, "factor")


@router.post("/{person_id}/reset-factor")
async def reset_factor(
    person_id: PersonId, request: Request, access: Resetting, services: ServicesDep, reason: Text = ""
) -> Response:
    """Take the authenticator away."""
    try:
        await operations.reset_factor(services, access, person_id, ReasonIn(reason=reason))
    except ValidationError:
        return await _reason(request, services, access, person_id, "factor", wrong=True)
    return RedirectResponse(f"/people/{person_id}?done=factor", status_code=303)


async def _card(
    request: Request, services: ServicesDep, access: Access, person_id: str, **told: str | None
) -> Response:
    card = await operations.read(services, access, person_id)
    scene = {"card": card, "role_names": ROLE_NAMES, "own": person_id == access.person.id}
    return await show(request, services, access, "people/person.html", {"user_name": None, "done": None} | scene | told)


async def _reason(
    request: Request, services: ServicesDep, access: Access, person_id: str, what: str, *, wrong: bool = False
) -> Response:
    card = await operations.read(services, access, person_id)
    scene = {"card": card, "what": what, "wrong": wrong}
    return await show(request, services, access, "people/reason.html", scene, status_code=422 if wrong else 200)


async def _form(
    request: Request,
    services: ServicesDep,
    access: Access,
    typed: dict[str, Any],
    wrong: dict[str, str] | None = None,
) -> Response:
    accounts = await list_accounts(services, access)
    scene = {
        "typed": {"name": "", "email": "", "employee_number": "", "title": "", "account": "", "roles": [], "owns": []}
        | typed,
        "wrong": wrong or {},
        "accounts": [(one.id, f"{' ' * one.level}{one.name} ({one.number})") for one in accounts],
        "roles": [(role.value, ROLE_NAMES[role], "") for role in Role if role in assignable_roles(access.person)],
    }
    return await show(request, services, access, "people/new.html", scene, status_code=422 if wrong else 200)


def _plain(field: str) -> str:
    return {"email": "Type a mail address, such as ann@company.com."}.get(field, "This is needed.")
