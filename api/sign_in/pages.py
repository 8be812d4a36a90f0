"""The pages one signs in by: password, code, and where needed an authenticator to set up or a password to choose."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from api.auth import totp
from api.auth.client_info import client_info
from api.auth.credentials import cookie_name, hand_out, not_signed_in, take_back
from api.auth.passwords import LONGEST, SHORTEST
from api.auth.sessions import end
from api.deps import Services, ServicesDep
from api.http.redirects import HOME, local, with_next
from api.http.templating import render
from api.sign_in import operations
from api.sign_in.operations import STEP_SECONDS, PartialLogin, SignInResult
from models.db.sign_in.logins import Known
from models.errors import CredentialsRefused, OrderError, PasswordTooWeak, TooManyAttempts
from notifications.links import Purpose

router = APIRouter(include_in_schema=False)

GRANT = "dialtone_step"
Next = Annotated[str, Query(alias="next", max_length=500)]
NextField = Annotated[str, Form(alias="next", max_length=500)]
Secret = Annotated[str, Form(max_length=LONGEST)]
Code = Annotated[str, Form(max_length=40)]


@router.get("/sign-in")
async def show_sign_in(request: Request, way: Next = HOME) -> Response:
    """Ask for user name and password."""
    return _page(request, "start", way)


@router.post("/sign-in")
async def give_password(
    request: Request,
    services: ServicesDep,
    *,
    user_name: Annotated[str, Form(max_length=254)] = "",
    password: Secret = "",
    way: NextField = HOME,
) -> Response:
    """Check the password, and go on to the second step."""
    who = client_info(request)
    try:
        grant = await operations.first_step(services, who, user_name, password)
    except (CredentialsRefused, TooManyAttempts) as error:
        return _page(request, "start", way, error=error, user_name=user_name)
    enrolled = (
        await operations.partial_login(services, Purpose.SECOND_STEP, grant, who)
    ).known.login.factor is not None
    answer = RedirectResponse(
        with_next("/sign-in/code" if enrolled else "/sign-in/enroll", local(way)), status_code=303
    )
    _hold(answer, services, grant)
    return answer


@router.get("/sign-in/code")
async def show_code(request: Request, services: ServicesDep, way: Next = HOME) -> Response:
    """Ask for the authenticator's code."""
    await _candidate(request, services)
    return _page(request, "code", way)


@router.post("/sign-in/code")
async def give_code(request: Request, services: ServicesDep, code: Code = "", way: NextField = HOME) -> Response:
    """Check the code, and begin a session."""
    return await _step(request, services, "code", way, lambda who: operations.second_step(services, who, code))


@router.get("/sign-in/recovery")
async def show_recovery(request: Request, services: ServicesDep, way: Next = HOME) -> Response:
    """Ask for a recovery code, of whoever has no authenticator at hand."""
    await _candidate(request, services)
    return _page(request, "recovery", way)


@router.post("/sign-in/recovery")
async def give_recovery_code(
    request: Request, services: ServicesDep, code: Code = "", way: NextField = HOME
) -> Response:
    """Use a recovery code up, and begin a session."""
    return await _step(request, services, "recovery", way, lambda who: operations.recover(services, who, code))


@router.get("/sign-in/enroll")
async def show_enrollment(request: Request, services: ServicesDep, way: Next = HOME) -> Response:
    """Show the QR code of a new authenticator."""
    who = await _enrolling(request, services)
    return _page(request, "enroll", way, **enrollment(services, who.known))


@router.post("/sign-in/enroll")
async def confirm_enrollment(
    request: Request, services: ServicesDep, code: Code = "", way: NextField = HOME
) -> Response:
    """Take the authenticator once it shows the right code, and show the recovery codes."""
    who = await _enrolling(request, services)
    try:
        entry = await operations.enroll(services, who, code)
    except (CredentialsRefused, TooManyAttempts) as error:
        return _page(request, "enroll", way, error=error, **enrollment(services, who.known))
    on = local(way) if entry.session else with_next("/sign-in/password", local(way))
    answer = render(request, "sign_in/codes.html", {"codes": entry.codes, "on": on})
    _let_in(answer, services, entry)
    return answer


@router.get("/sign-in/password")
async def show_new_password(request: Request, services: ServicesDep, way: Next = HOME) -> Response:
    """Ask for a new password, both steps having been passed."""
    await _candidate(request, services, Purpose.NEW_PASSWORD)
    return _page(request, "password", way)


@router.post("/sign-in/password")
async def choose_password(
    request: Request, services: ServicesDep, *, password: Secret = "", again: Secret = "", way: NextField = HOME
) -> Response:
    """Take the new password, and begin a session."""

    async def choose(who: PartialLogin) -> SignInResult:
        require_same(password, again)
        return await operations.choose_password(services, who, password)

    return await _step(request, services, "password", way, choose, purpose=Purpose.NEW_PASSWORD)


@router.post("/sign-out")
async def sign_out(request: Request, services: ServicesDep) -> Response:
    """End the session of this browser."""
    secret = request.cookies.get(cookie_name(services.public_url), "")
    await end(services.database, secret, client_info(request), at=services.now())
    answer = RedirectResponse("/sign-in", status_code=303)
    take_back(answer, services.public_url)
    return answer


def enrollment(services: Services, known: Known) -> dict[str, Any]:
    """What a page shows of an authenticator that is offered: the QR code, and the secret for typing."""
    assert known.login.factor_offered is not None
    secret = services.keyring.open(known.login.factor_offered).decode()
    address = totp.address_of(secret, known.login.user_name)
    # The SVG is made here, out of nothing but squares.
    return {"qr": Markup(totp.qr_code(address)), "secret": totp.spaced(secret), "address": address}  # noqa: S704


def require_same(password: str, again: str) -> None:
    """Raise PasswordTooWeak where what was typed twice is not the same."""
    if password != again:
        raise PasswordTooWeak("The two passwords are not the same.", field="again")


async def _candidate(request: Request, services: Services, purpose: Purpose = Purpose.SECOND_STEP) -> PartialLogin:
    browser = request.cookies.get(cookie_name(services.public_url), "")
    grant = request.cookies.get(GRANT, "")
    return await operations.partial_login(services, purpose, grant, client_info(request), browser)


async def _enrolling(request: Request, services: Services) -> PartialLogin:
    """Whoever has shown a password and has no authenticator yet. Raises NotSignedIn for everybody else."""
    who = await _candidate(request, services)
    if who.known.login.factor is not None or who.known.login.factor_offered is None:
        raise not_signed_in()
    return who


async def _step(
    request: Request,
    services: Services,
    page: str,
    way: str,
    take: Callable[[PartialLogin], Awaitable[SignInResult]],
    *,
    purpose: Purpose = Purpose.SECOND_STEP,
) -> Response:
    who = await _candidate(request, services, purpose)
    try:
        entry = await take(who)
    except (CredentialsRefused, TooManyAttempts, PasswordTooWeak) as error:
        return _page(request, page, way, error=error)
    on = local(way) if entry.session else with_next("/sign-in/password", local(way))
    answer = RedirectResponse(on, status_code=303)
    _let_in(answer, services, entry)
    return answer


def _let_in(answer: Response, services: Services, entry: SignInResult) -> None:
    if entry.session is not None:
        hand_out(answer, entry.session, services.public_url)
        answer.delete_cookie(GRANT, path="/sign-in")
    elif entry.grant is not None:
        _hold(answer, services, entry.grant)


def _hold(answer: Response, services: Services, grant: str) -> None:
    secure = services.public_url.startswith("https:")
    answer.set_cookie(GRANT, grant, max_age=STEP_SECONDS, path="/sign-in", httponly=True, samesite="lax", secure=secure)


def _page(request: Request, page: str, way: str, *, error: OrderError | None = None, **scene: Any) -> Response:
    shown = {"way": local(way), "error": error, "user_name": "", "shortest": SHORTEST, "next_of": with_next} | scene
    answer = render(request, f"sign_in/{page}.html", shown, status_code=error.status if error else 200)
    if isinstance(error, TooManyAttempts):
        answer.headers["Retry-After"] = str(round(error.retry_after_seconds))
    return answer
