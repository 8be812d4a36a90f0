"""One-time sign-in links, which work in development only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.client_info import client_info
from api.auth.credentials import cookie_name, set_session_cookie
from api.deps import ServicesDep
from api.http.templating import render
from api.sign_in import operations
from models.errors import NotFound

LinkSecret = Annotated[str, Path(min_length=20, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


async def _development_only(services: ServicesDep) -> None:
    if not services.development:
        raise NotFound("Page not found.")


router = APIRouter(include_in_schema=False, dependencies=[Depends(_development_only)])


@router.get("/sign-in/{secret}")
async def show_link(secret: LinkSecret, request: Request, services: ServicesDep) -> Response:
    """The person and a button; only the button uses the link."""
    return render(request, "sign_in/link.html", {"person": await operations.person_of_link(services, secret)})


@router.post("/sign-in/{secret}")
async def follow_link(secret: LinkSecret, request: Request, services: ServicesDep) -> Response:
    cookie = request.cookies.get(cookie_name(services.public_url), "")
    session_secret = await operations.redeem_link(services, client_info(request), secret, cookie)
    response = RedirectResponse("/", status_code=303)
    set_session_cookie(response, session_secret, services.public_url)
    return response
