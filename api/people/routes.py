from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from api.http.schemas import SearchText
from api.people import operations
from api.people.schemas import PersonCard, PersonFound, PersonIn, ReasonIn, UserName
from policies.access import Right

router = APIRouter(prefix="/people", tags=["people"], dependencies=[JsonOnly])
PersonId = Annotated[str, Path(max_length=40)]
PersonLookUpAccess = Annotated[Access, Depends(Needs(Right.PERSON_LOOK_UP))]
PersonCreateAccess = Annotated[Access, Depends(Needs(Right.PERSON_CREATE))]
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


@router.post("/{person_id}/user-name", responses=error_responses(401, 403, 404, 415, 503))
async def look_up_user_name(person_id: PersonId, access: PersonLookUpAccess, services: ServicesDep) -> UserName:
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
