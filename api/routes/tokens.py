"""Tokens for programs; made in a browser that is signed in, never by another token."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api import access_tokens
from api.deps import Access, Needs, ServicesDep
from api.headers import JsonOnly
from api.problems import documented
from policies.access import Right

router = APIRouter(prefix="/tokens", tags=["tokens"], dependencies=[JsonOnly])


@router.get("", responses=documented(401, 403, 503))
async def get_tokens(
    access: Annotated[Access, Depends(Needs(Right.TOKEN_READ))], services: ServicesDep
) -> list[access_tokens.TokenView]:
    """Your tokens; administrators also see those of service accounts."""
    return await access_tokens.list_tokens(services, access)


@router.post("", status_code=201, responses=documented(401, 403, 404, 413, 415, 422, 503))
async def create_token(
    body: access_tokens.TokenIn, access: Annotated[Access, Depends(Needs(Right.TOKEN_CREATE))], services: ServicesDep
) -> access_tokens.TokenMade:
    """Make a token; this answer is the only one that shows it."""
    return await access_tokens.create_token(services, access, body)


@router.delete("/{token_id}", status_code=204, responses=documented(401, 403, 404, 503))
async def revoke_token(
    token_id: Annotated[str, Path(max_length=40)],
    access: Annotated[Access, Depends(Needs(Right.TOKEN_REVOKE))],
    services: ServicesDep,
) -> None:
    """End a token for good."""
    await access_tokens.revoke_token(services, access, token_id)
