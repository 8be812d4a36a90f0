"""One's own page: who one is here, how one signs in, where one is signed in, and one's tokens."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access_tokens import operations as access_tokens
from api.access_tokens.operations import TokenIn
from api.auth.passwords import LONGEST, SHORTEST
from api.deps import Access, Needs, ServicesDep
from api.http.layout import show
from api.http.redirects import HOME, local
from api.people.operations import ROLE_NAMES
from api.profile import operations
from api.sign_in.pages import enrollment, require_same
from models.errors import CredentialsRefused, OrderError, PasswordTooWeak, TooManyAttempts
from policies.access import Right
from policies.scopes import Scope

router = APIRouter(include_in_schema=False)

Reading = Annotated[Access, Depends(Needs(Right.PROFILE_READ))]
Changing = Annotated[Access, Depends(Needs(Right.PROFILE_CHANGE))]
Ending = Annotated[Access, Depends(Needs(Right.SESSION_END))]
Secret = Annotated[str, Form(max_length=LONGEST)]
Code = Annotated[str, Form(max_length=40)]
Id = Annotated[str, Path(max_length=40)]

DONE = {
    "password": "Your password is changed, and you are signed out everywhere else.",
    "session": "That session has ended.",
    "sessions": "You are signed out everywhere else.",
    "token": "The token is revoked.",
}
SCOPE_NAMES = (
    (Scope.ORDER, "Place orders and act on them", ""),
    (Scope.APPROVE, "Decide what waits for you", ""),
    (Scope.ADMIN, "Administer: history, repair, notices, audit", ""),
    (Scope.STEP_UP, "Do what otherwise takes a second factor", ""),
)


@router.get("/step-up")
async def show_step_up(
    request: Request, access: Reading, services: ServicesDep, way: Annotated[str, Query(alias="next")] = HOME
) -> Response:
    """Ask for the second factor once more."""
    return await show(request, services, access, "profile/step_up.html", {"way": local(way), "error": None})


@router.post("/step-up")
async def step_up(
    request: Request,
    access: Reading,
    services: ServicesDep,
    code: Code = "",
    way: Annotated[str, Form(alias="next", max_length=500)] = HOME,
) -> Response:
    """Check the code, and go back to where it was needed."""
    try:
        await operations.step_up(services, access, code)
    except (CredentialsRefused, TooManyAttempts) as error:
        scene = {"way": local(way), "error": error}
        return await show(request, services, access, "profile/step_up.html", scene, status_code=error.status)
    return RedirectResponse(local(way), status_code=303)


@router.get("/profile")
async def show_profile(
    request: Request, access: Reading, services: ServicesDep, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Everything about one's own access."""
    found = await operations.read(services, access)
    scene = {
        "profile": found,
        "roles": [ROLE_NAMES[role] for role in sorted(access.person.roles)],
        "tokens": await access_tokens.list_tokens(services, access),
        "session_id": access.caller.session_id,
        "done": DONE.get(done),
    }
    return await show(request, services, access, "profile/profile.html", scene)


@router.get("/profile/password")
async def show_password(request: Request, access: Changing, services: ServicesDep) -> Response:
    """Ask for the present and the new password."""
    return await _password_page(request, services, access)


@router.post("/profile/password")
async def change_password(
    request: Request,
    access: Changing,
    services: ServicesDep,
    *,
    old: Secret = "",
    password: Secret = "",
    again: Secret = "",
) -> Response:
    """Replace the password."""
    try:
        require_same(password, again)
        await operations.change_password(services, access, old, password)
    except (CredentialsRefused, TooManyAttempts, PasswordTooWeak) as error:
        return await _password_page(request, services, access, error)
    return RedirectResponse("/profile?done=password", status_code=303)


@router.post("/profile/factor")
async def offer_factor(access: Changing, services: ServicesDep) -> Response:
    """Draw a new authenticator."""
    await operations.offer_factor(services, access)
    return RedirectResponse("/profile/factor", status_code=303)


@router.get("/profile/factor")
async def show_factor(request: Request, access: Changing, services: ServicesDep) -> Response:
    """Show the QR code of the authenticator that was offered."""
    return await _factor_page(request, services, access)


@router.post("/profile/factor/confirm")
async def take_factor(request: Request, access: Changing, services: ServicesDep, code: Code = "") -> Response:
    """Take the new authenticator once it shows the right code."""
    try:
        codes = await operations.take_factor(services, access, code)
    except (CredentialsRefused, TooManyAttempts) as error:
        return await _factor_page(request, services, access, error)
    return await show(request, services, access, "profile/codes.html", {"codes": codes})


@router.post("/profile/recovery-codes")
async def renew_codes(request: Request, access: Changing, services: ServicesDep) -> Response:
    """Make fresh recovery codes and show them, this once."""
    codes = await operations.renew_codes(services, access)
    return await show(request, services, access, "profile/codes.html", {"codes": codes})


@router.post("/profile/sessions/end-others")
async def end_other_sessions(access: Ending, services: ServicesDep) -> Response:
    """Sign out everywhere else."""
    await operations.end_other_sessions(services, access)
    return RedirectResponse("/profile?done=sessions", status_code=303)


@router.post("/profile/sessions/{session_id}/end")
async def end_session(session_id: Id, access: Ending, services: ServicesDep) -> Response:
    """Sign out in one other browser."""
    await operations.end_session(services, access, session_id)
    return RedirectResponse("/profile?done=session", status_code=303)


@router.get("/profile/tokens/new")
async def show_new_token(
    request: Request, access: Annotated[Access, Depends(Needs(Right.TOKEN_CREATE))], services: ServicesDep
) -> Response:
    """Ask what the token is for."""
    return await _token_page(request, services, access)


@router.post("/profile/tokens/new")
async def create_token(
    request: Request,
    access: Annotated[Access, Depends(Needs(Right.TOKEN_CREATE))],
    services: ServicesDep,
    *,
    name: Annotated[str, Form(max_length=80)] = "",
    scopes: Annotated[list[Scope] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=365)] = 90,
    whose: Annotated[str, Form(max_length=26)] = "",
) -> Response:
    """Make the token and show it, this once."""
    if not name.strip():
        return await _token_page(request, services, access, "Say what the token is for, to know it by later.")
    body = TokenIn(name=name, scopes=scopes or [], days=days, service_id=whose or None)
    made = await access_tokens.create_token(services, access, body)
    return await show(request, services, access, "profile/token.html", {"made": made})


@router.post("/profile/tokens/{token_id}/revoke")
async def revoke_token(
    token_id: Id, access: Annotated[Access, Depends(Needs(Right.TOKEN_REVOKE))], services: ServicesDep
) -> Response:
    """End a token for good."""
    await access_tokens.revoke_token(services, access, token_id)
    return RedirectResponse("/profile?done=token", status_code=303)


async def _password_page(
    request: Request, services: ServicesDep, access: Access, error: OrderError | None = None
) -> Response:
    known = await operations.own(services, access)
    scene = {"error": error, "shortest": SHORTEST, "user_name": known.login.user_name}
    return await show(
        request, services, access, "profile/password.html", scene, status_code=error.status if error else 200
    )


async def _factor_page(
    request: Request, services: ServicesDep, access: Access, error: OrderError | None = None
) -> Response:
    known = await operations.own(services, access)
    if known.login.factor_offered is None:  # nobody asked for one, or it was taken meanwhile
        return RedirectResponse("/profile", status_code=303)
    scene: dict[str, Any] = {"error": error, **enrollment(services, known)}
    return await show(
        request, services, access, "profile/second_factor.html", scene, status_code=error.status if error else 200
    )


async def _token_page(request: Request, services: ServicesDep, access: Access, error: str | None = None) -> Response:
    service = await access_tokens.service_accounts(services, access)
    scene = {
        "error": error,
        "scopes": [(scope.value, words, end) for scope, words, end in SCOPE_NAMES],
        "accounts": [("", "Your own"), *((one.id, one.name) for one in service)] if service else [],
    }
    return await show(request, services, access, "profile/token_new.html", scene, status_code=422 if error else 200)
