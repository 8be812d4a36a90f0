"""One-time sign-in links, which work in development only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.client_info import client_info
from api.auth.credentials import cookie_name, set_session_cookie
from api.auth.sessions import start_session
from api.auth.tokens import digest, redeem_sign_in_link
from api.deps import ServicesDep
from api.http.templating import render
from models.db.sign_in import access_tokens
from models.errors import LinkNotValid, NotFound

Secret = Annotated[str, Path(min_length=20, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


async def _development_only(services: ServicesDep) -> None:
    if not services.development:
        raise NotFound("Page not found.")


router = APIRouter(include_in_schema=False, dependencies=[Depends(_development_only)])


@router.get("/sign-in/{secret}")
async def show_link(secret: Secret, request: Request, services: ServicesDep) -> Response:
    """The person and a button; only the button uses the link."""
    async with services.database.transaction() as session:
        person = await access_tokens.person_by_sign_in(session, digest(secret), at=services.now())
    if person is None:
        raise _expired()
    return render(request, "sign_in/link.html", {"person": person})


@router.post("/sign-in/{secret}")
async def follow_link(secret: Secret, request: Request, services: ServicesDep) -> Response:
    at, cookie = services.now(), request.cookies.get(cookie_name(services.public_url), "")
    async with services.database.transaction() as session:
        person = await redeem_sign_in_link(session, secret, at=at)
        if person is None:
            raise _expired()
        session_secret = await start_session(
            session, person, client_info(request), services.limits, at=at, replacing=cookie
        )
    response = RedirectResponse("/", status_code=303)
    set_session_cookie(response, session_secret, services.public_url)
    return response


def _expired() -> LinkNotValid:
    return LinkNotValid("This sign-in link was used or has expired. Create a new one.")
