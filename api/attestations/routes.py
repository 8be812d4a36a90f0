"""The API of what people are asked to agree to."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.attestations import operations
from api.attestations.schemas import AcceptIn, AcceptResult, OpenAttestation
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/attestations", tags=["attestations"], dependencies=[JsonOnly])
ListAccess = Annotated[Access, Depends(Needs(Right.ATTESTATION_LIST))]
GiveAccess = Annotated[Access, Depends(Needs(Right.ATTESTATION_GIVE))]


@router.get("", responses=error_responses(401, 503))
async def get_attestations(access: ListAccess, services: ServicesDep) -> list[OpenAttestation]:
    """What you're asked to accept because of orders for you."""
    return await operations.list_own(services, access)


@router.post("/accept", responses=error_responses(401, 403, 409, 413, 415, 422, 503))
async def accept_attestation(body: AcceptIn, access: GiveAccess, services: ServicesDep) -> AcceptResult:
    """Accept one version of a text, for all orders that ask you for it."""
    return await operations.accept(services, access, body)
