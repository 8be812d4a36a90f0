"""The pages for a person's own sign-in, sessions and API tokens."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access_tokens import operations as access_tokens
from api.access_tokens.routes import TokenCreateAccess, TokenRevokeAccess
from api.access_tokens.schemas import TokenIn
from api.auth.offered_factor import enrollment, offer, offered_secret, withdraw
from api.auth.passwords import MIN_LENGTH, PasswordField, require_same
from api.auth.totp import CodeField
from api.deps import Access, Needs, Services, ServicesDep
from api.http.layout import render_page
from api.http.redirects import HOME, safe_path
from api.profile import operations
from models.errors import CredentialsRejected, PasswordTooWeak, PublicError, TooManyAttempts
from models.typed_text import trimmed
from policies.access import Right
from policies.scopes import TokenScope

router = APIRouter(include_in_schema=False)

ProfileReadAccess = Annotated[Access, Depends(Needs(Right.PROFILE_READ))]
ProfileChangeAccess = Annotated[Access, Depends(Needs(Right.PROFILE_CHANGE))]
SessionEndAccess = Annotated[Access, Depends(Needs(Right.SESSION_END))]
_FACTOR = "/profile/factor"
SessionOrTokenId = Annotated[str, Path(max_length=40)]

DONE: Mapping[str, str] = MappingProxyType(
    {
        "password": "Password changed. You're signed out on all other devices.",
        "session": "Session ended.",
        "sessions": "You're signed out on all other devices.",
        "token": "Token revoked.",
    }
)
SCOPE_NAMES: Mapping[TokenScope, str] = MappingProxyType(
    {
        TokenScope.READ: "Read",
        TokenScope.ORDER: "Place and manage orders",
        TokenScope.APPROVE: "Approve orders",
        TokenScope.ADMIN: "Admin: history, recovery, announcements, audit log",
        TokenScope.STEP_UP: "Skip two-step verification",
    }
)


@router.get("/step-up")
async def show_step_up(
    request: Request,
    access: ProfileReadAccess,
    services: ServicesDep,
    next_path: Annotated[str, Query(alias="next")] = HOME,
) -> Response:
    context = {"next_path": safe_path(next_path), "error": None}
    return await render_page(request, services, access, "profile/step_up.html", context)


@router.post("/step-up")
async def step_up(
    request: Request,
    access: ProfileReadAccess,
    services: ServicesDep,
    code: CodeField = "",
    next_path: Annotated[str, Form(alias="next", max_length=500)] = HOME,
) -> Response:
    try:
        await operations.step_up(services, access, code)
    except (CredentialsRejected, TooManyAttempts) as error:
        context = {"next_path": safe_path(next_path), "error": error}
        return await render_page(request, services, access, "profile/step_up.html", context, status_code=error.status)
    return RedirectResponse(safe_path(next_path), status_code=303)


@router.get("/profile")
async def show_profile(
    request: Request, access: ProfileReadAccess, services: ServicesDep, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    context = {
        "profile": await operations.read_profile(services, access),
        "tokens": await access_tokens.list_tokens(services, access),
        "scope_names": SCOPE_NAMES,
        "session_id": access.caller.session_id,
        "done": DONE.get(done),
    }
    return await render_page(request, services, access, "profile/profile.html", context)


@router.get("/profile/password")
async def show_password(request: Request, access: ProfileChangeAccess, services: ServicesDep) -> Response:
    return await _password_page(request, services, access)


@router.post("/profile/password")
async def change_password(
    request: Request,
    access: ProfileChangeAccess,
    services: ServicesDep,
    *,
    old: PasswordField = "",
    password: PasswordField = "",
    again: PasswordField = "",
    keep_tokens: Annotated[bool, Form()] = False,
) -> Response:
    try:
        require_same(password, again)
        await operations.change_password(services, access, old, password, keep_tokens=keep_tokens)
    except (CredentialsRejected, TooManyAttempts, PasswordTooWeak) as error:
        return await _password_page(request, services, access, error)
    return RedirectResponse("/profile?done=password", status_code=303)


@router.post("/profile/factor")
async def offer_factor(access: ProfileChangeAccess, services: ServicesDep) -> Response:
    """Offer a new authenticator. The current one works until the new one is confirmed."""
    await operations.own_login(services, access)
    response = RedirectResponse(_FACTOR, status_code=303)
    holder = access.caller.session_id or ""
    offer(response, services.keyring, holder, public_url=services.public_url, path=_FACTOR)
    return response


@router.get("/profile/factor")
async def show_factor(request: Request, access: ProfileChangeAccess, services: ServicesDep) -> Response:
    return await _factor_page(request, services, access)


@router.post("/profile/factor/confirm")
async def confirm_factor(
    request: Request, access: ProfileChangeAccess, services: ServicesDep, code: CodeField = ""
) -> Response:
    secret = _offered(request, services, access)
    if secret is None:
        return RedirectResponse("/profile", status_code=303)
    try:
        codes = await operations.confirm_factor(services, access, secret, code)
    except (CredentialsRejected, TooManyAttempts) as error:
        return await _factor_page(request, services, access, error)
    response = await render_page(request, services, access, "profile/codes.html", {"codes": codes})
    withdraw(response, path=_FACTOR)
    return response


@router.post("/profile/recovery-codes")
async def renew_codes(request: Request, access: ProfileChangeAccess, services: ServicesDep) -> Response:
    codes = await operations.renew_codes(services, access)
    return await render_page(request, services, access, "profile/codes.html", {"codes": codes})


@router.post("/profile/sessions/end-others")
async def end_other_sessions(access: SessionEndAccess, services: ServicesDep) -> Response:
    await operations.end_other_sessions(services, access)
    return RedirectResponse("/profile?done=sessions", status_code=303)


@router.post("/profile/sessions/{session_id}/end")
async def end_session(session_id: SessionOrTokenId, access: SessionEndAccess, services: ServicesDep) -> Response:
    await operations.end_session(services, access, session_id)
    return RedirectResponse("/profile?done=session", status_code=303)


@router.get("/profile/tokens/new")
async def show_new_token(request: Request, access: TokenCreateAccess, services: ServicesDep) -> Response:
    return await _token_page(request, services, access)


@router.post("/profile/tokens/new")
async def create_token(
    request: Request,
    access: TokenCreateAccess,
    services: ServicesDep,
    *,
    name: Annotated[str, Form(max_length=80)] = "",
    scopes: Annotated[list[TokenScope] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=365)] = 90,
    owner: Annotated[str, Form(max_length=26)] = "",
) -> Response:
    if not trimmed(name):
        return await _token_page(request, services, access, "Enter a name for the token.")
    body = TokenIn(name=name, scopes=scopes or [], days=days, service_id=owner or None)
    created = await access_tokens.create_token(services, access, body)
    return await render_page(request, services, access, "profile/token.html", {"created": created})


@router.post("/profile/tokens/{token_id}/revoke")
async def revoke_token(token_id: SessionOrTokenId, access: TokenRevokeAccess, services: ServicesDep) -> Response:
    await access_tokens.revoke_token(services, access, token_id)
    return RedirectResponse("/profile?done=token", status_code=303)


async def _password_page(
    request: Request, services: ServicesDep, access: Access, error: PublicError | None = None
) -> Response:
    person_login = await operations.own_login(services, access)
    context = {"error": error, "min_length": MIN_LENGTH, "user_name": person_login.login.user_name}
    return await render_page(
        request, services, access, "profile/password.html", context, status_code=error.status if error else 200
    )


def _offered(request: Request, services: Services, access: Access) -> str | None:
    return offered_secret(request, services.keyring, access.caller.session_id or "")


async def _factor_page(
    request: Request, services: ServicesDep, access: Access, error: PublicError | None = None
) -> Response:
    person_login = await operations.own_login(services, access)
    secret = _offered(request, services, access)
    if secret is None:  # none was offered to this session, or it was confirmed already
        return RedirectResponse("/profile", status_code=303)
    context: dict[str, Any] = {"error": error, **enrollment(secret, person_login.login.user_name)}
    return await render_page(
        request, services, access, "profile/second_factor.html", context, status_code=error.status if error else 200
    )


async def _token_page(request: Request, services: ServicesDep, access: Access, error: str | None = None) -> Response:
    service_accounts = await access_tokens.service_accounts(services, access)
    context = {
        "error": error,
        "scopes": [(scope.value, name, "") for scope, name in SCOPE_NAMES.items() if scope is not TokenScope.READ],
        "owners": [("", "You"), *((one.id, one.name) for one in service_accounts)] if service_accounts else [],
    }
    return await render_page(
        request, services, access, "profile/token_new.html", context, status_code=422 if error else 200
    )
