"""The pages that help whoever has forgotten the password: asking for a link, and choosing another one by it."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.client_info import client_info
from api.auth.passwords import LONGEST, SHORTEST
from api.auth.rate_limits import AttemptLimiter, by_mails
from api.deps import ServicesDep
from api.http.templating import render
from api.password_reset import operations
from api.password_reset.operations import VISIT_SECONDS
from api.sign_in.pages import require_same
from models.errors import LinkNotValid, PasswordTooWeak, TooManyAttempts

router = APIRouter(include_in_schema=False)
VISIT = "dialtone_reset"
Secret = Annotated[str, Form(max_length=LONGEST)]


@router.get("/forgot")
async def show_forgot(request: Request) -> Response:
    """Ask for the user name."""
    return render(request, "password_reset/forgot.html", {"error": None})


@router.post("/forgot")
async def ask_for_link(
    request: Request,
    services: ServicesDep,
    background: BackgroundTasks,
    user_name: Annotated[str, Form(max_length=254)] = "",
) -> Response:
    """Mail a link, if there is such a person: the page says the same, and as fast, if there is none."""
    who = client_info(request)
    try:
        await AttemptLimiter(services.database).charge(by_mails(who), at=services.now())
    except TooManyAttempts as error:
        return render(request, "password_reset/forgot.html", {"error": error}, status_code=error.status)
    background.add_task(operations.mail_link, services, who, user_name)
    return render(request, "password_reset/link_sent.html", {})


@router.api_route("/reset/{signed}", methods=["GET", "HEAD"])
async def open_reset(signed: str, request: Request, services: ServicesDep) -> Response:
    """Exchange the mailed link for a cookie and go on to the clean address; as often as one likes."""
    try:
        grant = await operations.exchange(services, signed)
    except LinkNotValid as error:
        answer = render(request, "password_reset/link_expired.html", {"why": error.detail}, status_code=410)
    else:
        answer = RedirectResponse("/reset", status_code=303)
        secure = services.public_url.startswith("https:")
        answer.set_cookie(
            VISIT, grant, max_age=VISIT_SECONDS, path="/reset", httponly=True, samesite="lax", secure=secure
        )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.get("/reset")
async def show_reset(request: Request, services: ServicesDep) -> Response:
    """Ask for the new password."""
    return await _page(request, services)


@router.post("/reset")
async def reset_password(
    request: Request, services: ServicesDep, password: Secret = "", again: Secret = ""
) -> Response:
    """Take the new password, once; one signs in with it then."""
    try:
        require_same(password, again)
        await operations.use(services, client_info(request), request.cookies.get(VISIT, ""), password)
    except PasswordTooWeak as error:
        return await _page(request, services, error=error)
    except LinkNotValid as error:
        return render(request, "password_reset/link_expired.html", {"why": error.detail}, status_code=410)
    answer = render(request, "password_reset/done.html", {})
    answer.delete_cookie(VISIT, path="/reset")
    return answer


async def _page(request: Request, services: ServicesDep, error: PasswordTooWeak | None = None) -> Response:
    try:
        _, known = await operations.visited(services, request.cookies.get(VISIT, ""))
    except LinkNotValid as ended:
        return render(request, "password_reset/link_expired.html", {"why": ended.detail}, status_code=410)
    scene = {"user_name": known.login.user_name, "error": error, "shortest": SHORTEST}
    return render(request, "password_reset/reset.html", scene, status_code=error.status if error else 200)
