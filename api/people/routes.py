from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from api.http.schemas import SearchText
from api.people import departures, no_show, operations, person_changes
from api.people.schemas import (
    CostCentersIn,
    Departure,
    NoShow,
    PersonCard,
    PersonChangeIn,
    PersonFound,
    PersonIn,
    ReasonIn,
    RolesIn,
    UserName,
)
from policies.access import Right

router = APIRouter(prefix="/people", tags=["people"], dependencies=[JsonOnly])
PersonId = Annotated[str, Path(max_length=40)]
PersonLookUpAccess = Annotated[Access, Depends(Needs(Right.PERSON_LOOK_UP))]
PersonCreateAccess = Annotated[Access, Depends(Needs(Right.PERSON_CREATE))]
UserNameAccess = Annotated[Access, Depends(Needs(Right.PERSON_USER_NAME))]
PersonGrantAccess = Annotated[Access, Depends(Needs(Right.PERSON_GRANT))]
PersonChangeAccess = Annotated[Access, Depends(Needs(Right.PERSON_CHANGE))]
CredentialResetAccess = Annotated[Access, Depends(Needs(Right.PERSON_RESET))]


@router.get("", responses=error_responses(401, 403, 422, 503))
async def get_people(
    access: PersonLookUpAccess, services: ServicesDep, q: Annotated[SearchText, Query()] = ""
) -> list[PersonFound]:
    """People by any part of their name, email address or employee number."""
    return await operations.search(services, access, q)


@router.post("", status_code=201, responses=error_responses(401, 403, 413, 415, 422, 503))
async def create_person(body: PersonIn, access: PersonCreateAccess, services: ServicesDep) -> PersonCard:
    """Add a person. They get an invitation by email."""
    return await operations.create(services, access, body)


@router.get("/{person_id}", responses=error_responses(401, 403, 404, 503))
async def get_person(person_id: PersonId, access: PersonLookUpAccess, services: ServicesDep) -> PersonCard:
    """A person and how they sign in."""
    return await operations.read(services, access, person_id)


@router.post("/{person_id}/invite", responses=error_responses(401, 403, 404, 409, 415, 503))
async def invite_person(person_id: PersonId, access: PersonCreateAccess, services: ServicesDep) -> PersonCard:
    """Email an invitation to a person who can't sign in yet. An earlier invitation stops working."""
    return await person_changes.give_access(services, access, person_id)


@router.post("/{person_id}/details", responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def change_person(
    person_id: PersonId, body: PersonChangeIn, access: PersonChangeAccess, services: ServicesDep
) -> PersonCard:
    """Change a person's name, title, employee number, account, manager, cost center or first day."""
    return await person_changes.change(services, access, person_id, body)


@router.post("/{person_id}/roles", responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def set_roles(person_id: PersonId, body: RolesIn, access: PersonGrantAccess, services: ServicesDep) -> PersonCard:
    """Give a person these roles and owned accounts, in place of those they have. They get an email."""
    return await person_changes.set_roles(services, access, person_id, body)


@router.post("/{person_id}/cost-centers", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def set_cost_centers(
    person_id: PersonId, body: CostCentersIn, access: PersonChangeAccess, services: ServicesDep
) -> PersonCard:
    """Make a person the budget owner of these cost centers, and of no other."""
    return await person_changes.set_cost_centers(services, access, person_id, body)


@router.get("/{person_id}/departure", responses=error_responses(401, 403, 404, 503))
async def get_departure(person_id: PersonId, access: PersonChangeAccess, services: ServicesDep) -> Departure:
    """What a person would leave behind: open orders, approvals and who gets them, lines, devices, and what they own."""
    return await departures.departure(services, access, person_id)


@router.post("/{person_id}/deactivate", responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503))
async def deactivate_person(
    person_id: PersonId, body: ReasonIn, access: PersonChangeAccess, services: ServicesDep
) -> PersonCard:
    """End a person's access at once: sessions, tokens, and links to approve. Others are asked to approve instead."""
    return await departures.deactivate(services, access, person_id, body)


@router.get("/{person_id}/no-show", responses=error_responses(401, 403, 404, 409, 503))
async def get_no_show(person_id: PersonId, access: PersonChangeAccess, services: ServicesDep) -> NoShow:
    """What happens to the orders, lines and devices of a person who is reported as not having started."""
    return await no_show.preview(services, access, person_id)


@router.post("/{person_id}/no-show", responses=error_responses(401, 403, 404, 409, 415, 503))
async def report_no_show(person_id: PersonId, access: PersonChangeAccess, services: ServicesDep) -> PersonCard:
    """Report that a person didn't start. Their access ends, their orders are canceled, what has shipped goes back."""
    return await no_show.report(services, access, person_id)


@router.post("/{person_id}/reactivate", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def reactivate_person(
    person_id: PersonId, body: ReasonIn, access: PersonChangeAccess, services: ServicesDep
) -> PersonCard:
    """Let a person sign in again."""
    return await departures.reactivate(services, access, person_id, body)


@router.post("/{person_id}/user-name", responses=error_responses(401, 403, 404, 415, 503))
async def look_up_user_name(person_id: PersonId, access: UserNameAccess, services: ServicesDep) -> UserName:
    """Show a person's username. This is saved to the audit log."""
    return await operations.look_up_user_name(services, access, person_id)


@router.post("/{person_id}/reset-link", status_code=204, responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def send_reset_link(
    person_id: PersonId, body: ReasonIn, access: CredentialResetAccess, services: ServicesDep
) -> None:
    """Email a password reset link to a person and end their sessions."""
    await operations.send_reset_link(services, access, person_id, body)


@router.post("/{person_id}/reset-factor", status_code=204, responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def reset_factor(
    person_id: PersonId, body: ReasonIn, access: CredentialResetAccess, services: ServicesDep
) -> None:
    """Reset a person's authenticator and end their sessions. They set up a new authenticator when they sign in."""
    await operations.reset_factor(services, access, person_id, body)
