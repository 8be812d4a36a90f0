"""The credential of a request: a bearer token, or the session cookie of a browser."""

from dataclasses import dataclass

from fastapi import Request, Response

from api.auth.tokens import PREFIX
from models.errors import NotSignedIn
from models.order import Channel

SESSION_PREFIX = "ds_"
_COOKIE = "dialtone_session"


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A secret that is well-formed but not verified yet, and the channel it came by."""

    secret: str
    channel: Channel


def cookie_name(public_url: str) -> str:
    """The name of the session cookie. With https, its prefix binds it to this host."""
    return f"__Host-{_COOKIE}" if _is_https(public_url) else _COOKIE


def credential(request: Request, public_url: str) -> Credential:
    """The credential of a request. Raises NotSignedIn with the same message whatever is wrong."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return _well_formed(token.strip() if scheme.lower() == "bearer" else "", PREFIX, Channel.API)
    return _well_formed(request.cookies.get(cookie_name(public_url), ""), SESSION_PREFIX, Channel.PORTAL)


def not_signed_in() -> NotSignedIn:
    """The one error for credentials that are missing, unknown, expired or revoked."""
    return NotSignedIn("Sign in, or send a valid bearer token.")


def set_session_cookie(response: Response, secret: str, public_url: str) -> None:
    """Set a cookie that lasts until the browser closes. The session itself ends earlier."""
    set_cookie(response, cookie_name(public_url), secret, public_url=public_url, path="/")


def clear_session_cookie(response: Response, public_url: str) -> None:
    response.delete_cookie(
        cookie_name(public_url), path="/", httponly=True, samesite="lax", secure=_is_https(public_url)
    )


def set_cookie(
    response: Response, name: str, value: str, *, public_url: str, path: str, max_age: int | None = None
) -> None:
    """Set a cookie that neither scripts nor forms of other sites can use."""
    response.set_cookie(
        name, value, max_age=max_age, path=path, httponly=True, samesite="lax", secure=_is_https(public_url)
    )


def _is_https(public_url: str) -> bool:
    return public_url.startswith("https:")


def _well_formed(secret: str, prefix: str, channel: Channel) -> Credential:
    if not secret.startswith(prefix) or not secret.isascii():
        raise not_signed_in()
    return Credential(secret=secret, channel=channel)
