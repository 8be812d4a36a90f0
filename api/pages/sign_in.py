"""Signing a browser in by a one-time link: a door for development, closed everywhere else."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.credentials import COOKIE
from api.auth.tokens import SESSION_LIFETIME, digest, end, redeem
from api.deps import Services, ServicesDep
from api.templating import render
from models.db import tokens
from models.errors import LinkNotValid, NotFound

router = APIRouter(include_in_schema=False)
Secret = Annotated[str, Path(min_length=20, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("/sign-in/{secret}")
async def show_sign_in(secret: Secret, request: Request, services: ServicesDep) -> Response:
    """Show who would be signed in, and the button; looking uses nothing up."""
    _development_only(services)
    async with services.database.transaction() as session:
        person = await tokens.person_by_sign_in(session, digest(secret), at=services.now())
    if person is None:
        raise _used_up()
    return render(request, "sign_in.html", {"person": person})


@router.post("/sign-in/{secret}")
async def sign_in(secret: Secret, services: ServicesDep) -> Response:
    """Use the link up and begin a session."""
    _development_only(services)
    async with services.database.transaction() as session:
        token = await redeem(session, secret, at=services.now())
    if token is None:
        raise _used_up()
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=services.public_url.startswith("https:"),
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, services: ServicesDep) -> Response:
    """End the session of this browser."""
    async with services.database.transaction() as session:
        await end(session, request.cookies.get(COOKIE, ""), at=services.now())
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _development_only(services: Services) -> None:
    if not services.development:
        raise NotFound("There is no such page.")


def _used_up() -> LinkNotValid:
    return LinkNotValid("This sign-in link is used up or too old; ask for a new one.")
