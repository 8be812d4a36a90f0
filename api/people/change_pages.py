"""The pages on which people's details, roles and access are changed."""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from api.accounts.operations import account_options
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.statuses import ROLE_NAMES
from api.people import departures, no_show, operations, person_changes
from api.people.routes import PersonChangeAccess, PersonCreateAccess, PersonGrantAccess, PersonId
from api.people.schemas import CostCentersIn, NoShow, PersonCard, PersonChangeIn, ReasonIn, RolesIn
from models.errors import ActionNotAllowed, InvalidRequest
from models.facts import Role
from policies.access import assignable_roles

router = APIRouter(include_in_schema=False, prefix="/people")

TextField = Annotated[str, Form(max_length=254)]
ShownField = Annotated[str, Form(max_length=4000)]
CodesField = Annotated[str, Form(max_length=4000)]
# The field of the form that an error of the API is about.
_FIELDS: Mapping[str, str] = MappingProxyType(
    {"manager_id": "manager", "next_manager_id": "next_manager", "codes": "cost_centers"}
)
_MANAGERS = frozenset({"manager", "next_manager"})
_CAN_BE_EMPTY = frozenset({"cost_center", "starts_on", "moves_on", "next_account", "next_cost_center"})
_SHOWN = TypeAdapter(dict[str, str])
_REQUIRED = "This field is required."


@router.post("/{person_id}/invite")
async def invite_person(person_id: PersonId, access: PersonCreateAccess, services: ServicesDep) -> Response:
    await person_changes.give_access(services, access, person_id)
    return _done(person_id, "created")


@router.get("/{person_id}/edit")
async def show_details(
    person_id: PersonId, request: Request, access: PersonChangeAccess, services: ServicesDep
) -> Response:
    return await _details_page(request, services, access, await operations.read(services, access, person_id))


@router.post("/{person_id}/details")
async def change_person(
    person_id: PersonId,
    request: Request,
    *,
    access: PersonChangeAccess,
    services: ServicesDep,
    name: TextField = "",
    employee_number: TextField = "",
    title: TextField = "",
    account: TextField = "",
    manager: TextField = "",
    cost_center: TextField = "",
    starts_on: TextField = "",
    moves_on: TextField = "",
    next_manager: TextField = "",
    next_account: TextField = "",
    next_cost_center: TextField = "",
    shown: ShownField = "",
) -> Response:
    """`shown` is what the form began with: what someone else has changed since stays changed."""
    form = {
        "name": name,
        "employee_number": employee_number,
        "title": title,
        "account": account,
        "manager": manager,
        "cost_center": cost_center,
        "starts_on": starts_on,
        "moves_on": moves_on,
        "next_manager": next_manager,
        "next_account": next_account,
        "next_cost_center": next_cost_center,
    }
    person = await operations.read(services, access, person_id)
    before = _read_shown(shown)
    changed = {field: text for field, text in form.items() if before.get(field) != text}

    async def save() -> None:
        body: dict[str, str | None] = {**changed}
        for field in _MANAGERS & changed.keys():
            found = await operations.find_manager(services, access, person, changed[field], f"{field}_id")
            body[f"{field}_id"] = found
            del body[field]
        for field in _CAN_BE_EMPTY & changed.keys():
            body[field] = changed[field] or None
        await person_changes.change(services, access, person_id, PersonChangeIn.model_validate(body))

    errors = await _errors_of(save)
    if errors:
        return await _details_page(request, services, access, person, typed=form | {"shown": shown}, errors=errors)
    return _done(person_id, "changed")


def _read_shown(text: str) -> Mapping[str, str]:
    """The fields with which a form began; none if they can't be read."""
    try:
        return _SHOWN.validate_json(text)
    except ValidationError:
        return {}


@router.post("/{person_id}/cost-centers")
async def set_cost_centers(
    person_id: PersonId,
    request: Request,
    *,
    access: PersonChangeAccess,
    services: ServicesDep,
    cost_centers: CodesField = "",
    listed: CodesField = "",
    take_over: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> Response:
    """`listed` are the codes that the form began with: what someone else has changed since stays changed."""
    person = await operations.read(services, access, person_id)
    entered, before = ({one.strip() for one in re.split(r"[\n,;]", text)} - {""} for text in (cost_centers, listed))
    codes = _changed(person.cost_centers, before, entered)
    taken: list[tuple[str, str, str]] = []

    async def save() -> None:
        try:
            body = CostCentersIn(codes=codes, take_over=take_over or [])
            await person_changes.set_cost_centers(services, access, person_id, body)
        except InvalidRequest as error:
            facts = [dict(one.facts) for one in error.errors]
            taken.extend(
                (one["cost_center"], f"Take over {one['cost_center']} from {one['owner']}", "") for one in facts
            )
            raise

    errors = await _errors_of(save)
    if errors:
        typed = {"cost_centers": cost_centers, "listed": listed, "taken": taken}
        return await _details_page(request, services, access, person, typed=typed, errors=errors)
    return _done(person_id, "changed")


@router.get("/{person_id}/roles")
async def show_roles(
    person_id: PersonId, request: Request, access: PersonGrantAccess, services: ServicesDep
) -> Response:
    return await _roles_page(request, services, access, await operations.read(services, access, person_id))


@router.post("/{person_id}/roles")
async def set_roles(
    person_id: PersonId,
    request: Request,
    *,
    access: PersonGrantAccess,
    services: ServicesDep,
    roles: Annotated[list[Role] | None, Form()] = None,
    owns: Annotated[list[Annotated[str, Form(max_length=4000)]] | None, Form(max_length=100)] = None,
    shown_roles: Annotated[list[Role] | None, Form()] = None,
    shown_owns: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> Response:
    """What the form did not begin with stays: roles that the caller can't assign, and what someone else has given."""
    person = await operations.read(services, access, person_id)
    form = {
        "roles": _changed(person.roles, shown_roles or (), roles or ()),
        "owns": _changed([one.number for one in person.owns], shown_owns or (), _lines(owns or ())),
    }
    errors = await _errors_of(
        lambda: person_changes.set_roles(services, access, person_id, RolesIn.model_validate(form))
    )
    if errors:
        return await _roles_page(request, services, access, person, typed=form, errors=errors)
    return _done(person_id, "roles")


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """The numbers that were chosen, or that were typed, one on each line."""
    return (line.strip() for text in texts for line in text.splitlines() if line.strip())


def _changed(now: Iterable[str], shown: Iterable[str], chosen: Iterable[str]) -> list[str]:
    """What there is now, with what was added and without what was taken away on a form that began with `shown`."""
    before, after = {*shown}, {*chosen}
    return sorted({*now} - (before - after) | (after - before))


@router.get("/{person_id}/deactivate")
async def show_departure(
    person_id: PersonId, request: Request, access: PersonChangeAccess, services: ServicesDep
) -> Response:
    return await _departure_page(request, services, access, person_id)


@router.post("/{person_id}/deactivate")
async def deactivate_person(
    person_id: PersonId,
    request: Request,
    access: PersonChangeAccess,
    services: ServicesDep,
    reason: TextField = "",
) -> Response:
    errors = await _errors_of(lambda: departures.deactivate(services, access, person_id, ReasonIn(reason=reason)))
    if errors:
        return await _departure_page(request, services, access, person_id, reason=reason, errors=errors)
    return _done(person_id, "deactivated")


@router.get("/{person_id}/no-show")
async def show_no_show(
    person_id: PersonId, request: Request, access: PersonChangeAccess, services: ServicesDep
) -> Response:
    return await _no_show_page(request, services, access, person_id)


@router.post("/{person_id}/no-show")
async def report_no_show(
    person_id: PersonId, request: Request, access: PersonChangeAccess, services: ServicesDep
) -> Response:
    errors = await _errors_of(lambda: no_show.report(services, access, person_id))
    if errors:
        return await _no_show_page(request, services, access, person_id, errors=errors)
    return _done(person_id, "no-show")


@router.post("/{person_id}/reactivate")
async def reactivate_person(
    person_id: PersonId,
    request: Request,
    access: PersonChangeAccess,
    services: ServicesDep,
    reason: TextField = "",
) -> Response:
    errors = await _errors_of(lambda: departures.reactivate(services, access, person_id, ReasonIn(reason=reason)))
    if errors:
        return await _departure_page(request, services, access, person_id, reason=reason, errors=errors)
    return _done(person_id, "reactivated")


async def _errors_of(save: Callable[[], Awaitable[object]]) -> dict[str, str]:
    """Sentences by the field that they are about; empty after the change."""
    try:
        await save()
    except ValidationError as error:
        return {str(one["loc"][0]): _sentence(str(one["loc"][0]), one["type"]) for one in error.errors()}
    except InvalidRequest as error:
        return {_FIELDS.get(error.field or "", error.field or ""): error.detail}
    except ActionNotAllowed as error:
        return {"": error.detail}
    return {}


def _sentence(field: str, kind: str) -> str:
    if kind in {"string_too_short", "missing"}:
        return "Enter a reason of at least three characters." if field == "reason" else _REQUIRED
    return "This can't be used. Shorten or correct it."


def _done(person_id: str, what: str) -> Response:
    return RedirectResponse(f"/people/{person_id}?done={what}", status_code=303)


async def _details_page(
    request: Request,
    services: Services,
    access: Access,
    person: PersonCard,
    *,
    typed: Mapping[str, Any] = MappingProxyType({}),
    errors: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    coming = person.coming_move
    form: dict[str, Any] = {
        "name": person.name,
        "employee_number": person.employee_number,
        "title": person.title,
        "account": person.account.number if person.account else "",
        "manager": person.manager.name if person.manager else "",
        "cost_center": person.cost_center or "",
        "starts_on": person.starts_on.isoformat() if person.starts_on else "",
        "moves_on": coming.on.isoformat() if coming else "",
        "next_manager": coming.manager.name if coming and coming.manager else "",
        "next_account": coming.account.number if coming and coming.account else "",
        "next_cost_center": (coming and coming.cost_center) or "",
    }
    form |= {
        "shown": _SHOWN.dump_json(form).decode(),
        "cost_centers": "\n".join(person.cost_centers),
        "listed": ",".join(person.cost_centers),
        "taken": [],
    }
    context = {
        "person": person,
        "form": form | {field: value or "" for field, value in typed.items()},
        "errors": errors,
        "accounts": await account_options(services, access),
        "cost_centers": await operations.cost_center_options(services, access),
    }
    return await _page(request, services, access, "people/edit.html", context, errors=errors)


async def _roles_page(
    request: Request,
    services: Services,
    access: Access,
    person: PersonCard,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    assignable = assignable_roles(access.person) - {Role.SERVICE}
    begun = {"roles": [one for one in person.roles if one in assignable], "owns": [one.number for one in person.owns]}
    accounts = await account_options(services, access)
    context = {
        "person": person,
        "form": typed or begun,
        "shown": begun,
        "errors": errors,
        "roles": [(role.value, ROLE_NAMES[role], "") for role in Role if role in assignable],
        "accounts": None if accounts is None else [(*option, "") for option in accounts],
    }
    return await _page(request, services, access, "people/roles.html", context, errors=errors)


async def _departure_page(
    request: Request,
    services: Services,
    access: Access,
    person_id: str,
    *,
    reason: str = "",
    errors: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    context = {
        "person": await operations.read(services, access, person_id),
        "departure": await departures.departure(services, access, person_id),
        "reason": reason,
        "errors": errors,
    }
    return await _page(request, services, access, "people/departure.html", context, errors=errors)


async def _no_show_page(
    request: Request,
    services: Services,
    access: Access,
    person_id: str,
    *,
    errors: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Who can't be reported has no preview; the page says why."""
    known: NoShow | None = None
    try:
        known = await no_show.preview(services, access, person_id)
    except ActionNotAllowed as error:
        errors = {"": error.detail}
    context = {"person": await operations.read(services, access, person_id), "no_show": known, "errors": errors}
    return await _page(request, services, access, "people/no_show.html", context, errors=errors)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    template: str,
    context: dict[str, Any],
    *,
    errors: Iterable[str],
) -> Response:
    status_code = 422 if errors else 200
    return await render_page(request, services, access, template, context, status_code=status_code)
