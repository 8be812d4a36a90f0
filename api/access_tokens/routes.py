from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.access_tokens import operations
from api.access_tokens.schemas import CreatedToken, TokenIn, TokenView
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/tokens", tags=["tokens"], dependencies=[JsonOnly])
TokenReadAccess = Annotated[Access, Depends(Needs(Right.TOKEN_READ))]
TokenCreateAccess = Annotated[Access, Depends(Needs(Right.TOKEN_CREATE))]
TokenRevokeAccess = Annotated[Access, Depends(Needs(Right.TOKEN_REVOKE))]


@router.get("", responses=error_responses(401, 403, 503))
async def get_tokens(access: TokenReadAccess, services: ServicesDep) -> list[TokenView]:
    """Your API tokens. Admins also see those of service accounts."""
    return await operations.list_tokens(services, access)


@router.post("", status_code=201, responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def create_token(body: TokenIn, access: TokenCreateAccess, services: ServicesDep) -> CreatedToken:
    """Create an API token from a signed-in browser. Only this response contains the token."""
    return await operations.create_token(services, access, body)


@router.delete("/{token_id}", status_code=204, responses=error_responses(401, 403, 404, 503))
async def revoke_token(
    token_id: Annotated[str, Path(max_length=40)], access: TokenRevokeAccess, services: ServicesDep
) -> None:
    """Revoke an API token."""
    await operations.revoke_token(services, access, token_id)
