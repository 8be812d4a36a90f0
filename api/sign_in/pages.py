"""The pages for signing in and out."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth.client_info import client_info
from api.auth.credentials import clear_session_cookie, cookie_name, not_signed_in, set_cookie, set_session_cookie
from api.auth.offered_factor import enrollment, offer, offered_secret, withdraw
from api.auth.passwords import MIN_LENGTH, PasswordField
from api.auth.sessions import end_session
from api.auth.totp import CodeField
from api.deps import Services, ServicesDep
from api.http.redirects import HOME, safe_path, with_next
from api.http.templating import render
from api.sign_in import operations
from api.sign_in.operations import STEP_SECONDS, PartialLogin, SignInResult
from models.errors import CredentialsRejected, PasswordTooWeak, PublicError, TooManyAttempts
from notifications.links import Purpose

router = APIRouter(include_in_schema=False)

STEP_COOKIE = "dialtone_step"
_ENROLLMENT = "/sign-in/enroll"
NextQuery = Annotated[str, Query(alias="next", max_length=500)]
NextField = Annotated[str, Form(alias="next", max_length=500)]


@router.get("/sign-in")
async def show_sign_in(request: Request, next_path: NextQuery = HOME) -> Response:
    return _page(request, "start", next_path)


@router.post("/sign-in")
async def submit_password(
    request: Request,
    services: ServicesDep,
    *,
    user_name: Annotated[str, Form(max_length=254)] = "",
    password: PasswordField = "",
    next_path: NextField = HOME,
) -> Response:
    client = client_info(request)
    try:
        step_token = await operations.check_password(services, client, user_name, password)
    except (CredentialsRejected, TooManyAttempts) as error:
        return _page(request, "start", next_path, error=error, user_name=user_name)
    partial = await operations.partial_login(services, Purpose.SECOND_STEP, step_token, client)
    enrolls = partial.person_login.login.factor is None
    page = _ENROLLMENT if enrolls else "/sign-in/code"
    response = RedirectResponse(with_next(page, safe_path(next_path)), status_code=303)
    _set_step_token(response, services, step_token)
    if enrolls:
        offer(response, services.keyring, step_token, public_url=services.public_url, path=_ENROLLMENT)
    return response


@router.get("/sign-in/code")
async def show_code(request: Request, services: ServicesDep, next_path: NextQuery = HOME) -> Response:
    await _partial_login(request, services)
    return _page(request, "code", next_path)


@router.post("/sign-in/code")
async def submit_code(
    request: Request, services: ServicesDep, code: CodeField = "", next_path: NextField = HOME
) -> Response:
    return await _step(
        request, services, "code", next_path, lambda partial: operations.check_code(services, partial, code)
    )


@router.get("/sign-in/recovery")
async def show_recovery(request: Request, services: ServicesDep, next_path: NextQuery = HOME) -> Response:
    await _partial_login(request, services)
    return _page(request, "recovery", next_path)


@router.post("/sign-in/recovery")
async def submit_recovery_code(
    request: Request, services: ServicesDep, code: CodeField = "", next_path: NextField = HOME
) -> Response:
    return await _step(
        request,
        services,
        "recovery",
        next_path,
        lambda partial: operations.check_recovery_code(services, partial, code),
    )


@router.get("/sign-in/enroll")
async def show_enrollment(request: Request, services: ServicesDep, next_path: NextQuery = HOME) -> Response:
    partial, secret = await _enrolling(request, services)
    return _page(request, "enroll", next_path, **enrollment(secret, partial.person_login.login.user_name))


@router.post("/sign-in/enroll")
async def submit_enrollment(
    request: Request, services: ServicesDep, code: CodeField = "", next_path: NextField = HOME
) -> Response:
    partial, secret = await _enrolling(request, services)
    try:
        result = await operations.enroll(services, partial, secret, code)
    except (CredentialsRejected, TooManyAttempts) as error:
        shown = enrollment(secret, partial.person_login.login.user_name)
        return _page(request, "enroll", next_path, error=error, **shown)
    context = {"codes": result.codes, "continue_path": _path_after(result, next_path)}
    response = render(request, "sign_in/codes.html", context)
    withdraw(response, path=_ENROLLMENT)
    return _with_cookie(response, services, result)


@router.get("/sign-in/password")
async def show_new_password(request: Request, services: ServicesDep, next_path: NextQuery = HOME) -> Response:
    await _partial_login(request, services, Purpose.NEW_PASSWORD)
    return _page(request, "password", next_path)


@router.post("/sign-in/password")
async def submit_new_password(
    request: Request,
    services: ServicesDep,
    *,
    password: PasswordField = "",
    again: PasswordField = "",
    next_path: NextField = HOME,
) -> Response:
    return await _step(
        request,
        services,
        "password",
        next_path,
        lambda partial: operations.choose_password(services, partial, password, again),
        purpose=Purpose.NEW_PASSWORD,
    )


@router.post("/sign-out")
async def sign_out(request: Request, services: ServicesDep) -> Response:
    secret = request.cookies.get(cookie_name(services.public_url), "")
    await end_session(services.database, secret, client_info(request), at=services.now())
    response = RedirectResponse("/sign-in", status_code=303)
    clear_session_cookie(response, services.public_url)
    return response


async def _partial_login(request: Request, services: Services, purpose: Purpose = Purpose.SECOND_STEP) -> PartialLogin:
    cookie = request.cookies.get(cookie_name(services.public_url), "")
    step_token = request.cookies.get(STEP_COOKIE, "")
    return await operations.partial_login(services, purpose, step_token, client_info(request), cookie)


async def _enrolling(request: Request, services: Services) -> tuple[PartialLogin, str]:
    """A person without an authenticator who has given the password, and the secret offered to them.

    Raises NotSignedIn.
    """
    partial = await _partial_login(request, services)
    secret = offered_secret(request, services.keyring, request.cookies.get(STEP_COOKIE, ""))
    if partial.person_login.login.factor is not None or secret is None:
        raise not_signed_in()
    return partial, secret


async def _step(
    request: Request,
    services: Services,
    page: str,
    next_path: str,
    take: Callable[[PartialLogin], Awaitable[SignInResult]],
    *,
    purpose: Purpose = Purpose.SECOND_STEP,
) -> Response:
    partial = await _partial_login(request, services, purpose)
    try:
        result = await take(partial)
    except (CredentialsRejected, TooManyAttempts, PasswordTooWeak) as error:
        return _page(request, page, next_path, error=error)
    return _with_cookie(RedirectResponse(_path_after(result, next_path), status_code=303), services, result)


def _path_after(result: SignInResult, next_path: str) -> str:
    return safe_path(next_path) if result.session else with_next("/sign-in/password", safe_path(next_path))


def _with_cookie(response: Response, services: Services, result: SignInResult) -> Response:
    if result.session is not None:
        set_session_cookie(response, result.session, services.public_url)
        response.delete_cookie(STEP_COOKIE, path="/sign-in")
    elif result.step_token is not None:
        _set_step_token(response, services, result.step_token)
    return response


def _set_step_token(response: Response, services: Services, step_token: str) -> None:
    set_cookie(response, STEP_COOKIE, step_token, public_url=services.public_url, path="/sign-in", max_age=STEP_SECONDS)


def _page(request: Request, page: str, next_path: str, *, error: PublicError | None = None, **context: Any) -> Response:
    shown = {
        "next_path": safe_path(next_path),
        "error": error,
        "user_name": "",
        "min_length": MIN_LENGTH,
        "with_next": with_next,
        **context,
    }
    response = render(request, f"sign_in/{page}.html", shown, status_code=error.status if error else 200)
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(round(error.retry_after_seconds))
    return response
