"""The pages on which people's details, roles and access are changed."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.accounts.operations import list_accounts
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.statuses import ROLE_NAMES
from api.people import departures, operations, person_changes
from api.people.routes import PersonChangeAccess, PersonCreateAccess, PersonGrantAccess, PersonId
from api.people.schemas import CostCentersIn, PersonCard, PersonChangeIn, ReasonIn, RolesIn
from models.errors import ActionNotAllowed, InvalidRequest
from models.facts import Role
from policies.access import assignable_roles

router = APIRouter(include_in_schema=False, prefix="/people")

TextField = Annotated[str, Form(max_length=254)]
# The field of the form that an error of the API is about.
_FIELDS: Mapping[str, str] = MappingProxyType({"manager_id": "manager", "codes": "cost_centers"})
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
) -> Response:
    form = {
        "name": name,
        "employee_number": employee_number,
        "title": title,
        "account": account,
        "cost_center": cost_center or None,
    }
    person = await operations.read(services, access, person_id)

    async def save() -> None:
        manager_id = await operations.find_manager(services, access, person, manager)
        await person_changes.change(services, access, person_id, PersonChangeIn(**form, manager_id=manager_id))

    errors = await _errors_of(save)
    if errors:
        return await _details_page(request, services, access, person, typed=form | {"manager": manager}, errors=errors)
    return _done(person_id, "changed")


@router.post("/{person_id}/cost-centers")
async def set_cost_centers(
    person_id: PersonId,
    request: Request,
    access: PersonChangeAccess,
    services: ServicesDep,
    cost_centers: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    codes = [one.strip() for one in re.split(r"[\n,;]", cost_centers) if one.strip()]
    errors = await _errors_of(
        lambda: person_changes.set_cost_centers(services, access, person_id, CostCentersIn(codes=codes))
    )
    if errors:
        person = await operations.read(services, access, person_id)
        return await _details_page(
            request, services, access, person, typed={"cost_centers": cost_centers}, errors=errors
        )
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
    owns: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> Response:
    """Roles that the caller can't assign are not on the form, and stay."""
    person = await operations.read(services, access, person_id)
    kept = {Role(one) for one in person.roles} - assignable_roles(access.person)
    form = {"roles": sorted({*(roles or ()), *kept}), "owns": owns or []}
    errors = await _errors_of(lambda: person_changes.set_roles(services, access, person_id, RolesIn(**form)))
    if errors:
        return await _roles_page(request, services, access, person, typed=form, errors=errors)
    return _done(person_id, "roles")


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
    form = {
        "name": person.name,
        "employee_number": person.employee_number,
        "title": person.title,
        "account": person.account.id if person.account else "",
        "manager": person.manager.name if person.manager else "",
        "cost_center": person.cost_center or "",
        "cost_centers": "\n".join(person.cost_centers),
    }
    context = {
        "person": person,
        "form": form | {field: value or "" for field, value in typed.items()},
        "errors": errors,
        "accounts": await _account_options(services, access),
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
    form = typed or {"roles": person.roles, "owns": [one.id for one in person.owns]}
    context = {
        "person": person,
        "form": form,
        "errors": errors,
        "roles": [(role.value, ROLE_NAMES[role], "") for role in Role if role in assignable],
        "accounts": [(value, label, "") for value, label in await _account_options(services, access)],
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


async def _account_options(services: Services, access: Access) -> list[tuple[str, str]]:
    return [(one.id, f"{one.name} ({one.number})") for one in await list_accounts(services, access)]


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
