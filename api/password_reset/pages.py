"""The pages for resetting a forgotten password."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.client_info import client_info
from api.auth.credentials import set_cookie
from api.auth.passwords import MIN_LENGTH, PasswordField, require_same
from api.auth.rate_limits import AttemptLimiter, by_reset_emails
from api.deps import ServicesDep
from api.http.templating import render
from api.password_reset import operations
from api.password_reset.operations import RESET_SESSION_SECONDS
from models.errors import LinkNotValid, PasswordTooWeak, PublicError, TooManyAttempts

router = APIRouter(include_in_schema=False)
COOKIE = "dialtone_reset"


@router.get("/forgot")
async def show_forgot(request: Request) -> Response:
    return render(request, "password_reset/forgot.html", {"error": None})


@router.post("/forgot")
async def request_link(
    request: Request,
    services: ServicesDep,
    background: BackgroundTasks,
    user_name: Annotated[str, Form(max_length=254)] = "",
) -> Response:
    """The response is the same, and as fast, if the username does not exist."""
    client = client_info(request)
    try:
        await AttemptLimiter(services.database).consume(by_reset_emails(client), at=services.now())
    except TooManyAttempts as error:
        return render(request, "password_reset/forgot.html", {"error": error}, status_code=error.status)
    background.add_task(operations.send_link, services, client, user_name)
    return render(request, "password_reset/link_sent.html", {})


@router.api_route("/reset/{signed}", methods=["GET", "HEAD"])
async def open_link(signed: str, request: Request, services: ServicesDep) -> Response:
    """Exchange the link for a cookie, and redirect to a URL without the secret."""
    try:
        token = await operations.open_link(services, signed)
    except LinkNotValid as error:
        response = _link_expired(request, error)
    else:
        response = RedirectResponse("/reset", status_code=303)
        set_cookie(
            response, COOKIE, token, public_url=services.public_url, path="/reset", max_age=RESET_SESSION_SECONDS
        )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@router.get("/reset")
async def show_reset(request: Request, services: ServicesDep) -> Response:
    return await _page(request, services)


@router.post("/reset")
async def reset_password(
    request: Request, services: ServicesDep, password: PasswordField = "", again: PasswordField = ""
) -> Response:
    try:
        require_same(password, again)
        await operations.reset_password(services, client_info(request), request.cookies.get(COOKIE, ""), password)
    except (PasswordTooWeak, TooManyAttempts) as error:
        return await _page(request, services, error=error)
    except LinkNotValid as error:
        return _link_expired(request, error)
    response = render(request, "password_reset/done.html", {})
    response.delete_cookie(COOKIE, path="/reset")
    return response


async def _page(request: Request, services: ServicesDep, error: PublicError | None = None) -> Response:
    try:
        _, person_login = await operations.read_session(services, request.cookies.get(COOKIE, ""))
    except LinkNotValid as expired:
        return _link_expired(request, expired)
    context = {"user_name": person_login.login.user_name, "error": error, "min_length": MIN_LENGTH}
    return render(request, "password_reset/reset.html", context, status_code=error.status if error else 200)


def _link_expired(request: Request, error: LinkNotValid) -> Response:
    return render(request, "password_reset/link_expired.html", {"error": error}, status_code=error.status)
