"""Signing a browser in by a one-time link: a door for development, closed everywhere else."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.client_info import client_info
from api.auth.credentials import cookie_name, hand_out
from api.auth.sessions import begin
from api.auth.tokens import digest, redeem
from api.deps import Services, ServicesDep
from api.http.templating import render
from models.db.sign_in import access_tokens
from models.errors import LinkNotValid, NotFound

router = APIRouter(include_in_schema=False)
Secret = Annotated[str, Path(min_length=20, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("/sign-in/{secret}")
async def show_link(secret: Secret, request: Request, services: ServicesDep) -> Response:
    """Show who would be signed in, and the button; looking uses nothing up."""
    _development_only(services)
    async with services.database.transaction() as session:
        person = await access_tokens.person_by_sign_in(session, digest(secret), at=services.now())
    if person is None:
        raise _used_up()
    return render(request, "sign_in/link.html", {"person": person})


@router.post("/sign-in/{secret}")
async def follow_link(secret: Secret, request: Request, services: ServicesDep) -> Response:
    """Use the link up and begin a session."""
    _development_only(services)
    at, browser = services.now(), request.cookies.get(cookie_name(services.public_url), "")
    async with services.database.transaction() as session:
        person = await redeem(session, secret, at=at)
        if person is None:
            raise _used_up()
        token = await begin(session, person, client_info(request), services.limits, at=at, instead_of=browser)
    answer = RedirectResponse("/", status_code=303)
    hand_out(answer, token, services.public_url)
    return answer


def _development_only(services: Services) -> None:
    if not services.development:
        raise NotFound("There is no such page.")


def _used_up() -> LinkNotValid:
    return LinkNotValid("This sign-in link is used up or too old; ask for a new one.")
