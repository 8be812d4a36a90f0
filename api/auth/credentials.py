"""What a request shows to prove who sends it: a bearer token, or the session cookie of a browser."""

from dataclasses import dataclass

from fastapi import Request, Response

from api.auth.tokens import PREFIX
from models.errors import NotSignedIn
from models.order import Channel

SESSION_PREFIX = "ds_"
_COOKIE = "dialtone_session"


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A secret that was shown, not yet believed, and by which door it came."""

    secret: str
    channel: Channel


def cookie_name(public_url: str) -> str:
    """What the session cookie is called; the prefix binds it to this host, and takes https."""
    return f"__Host-{_COOKIE}" if public_url.startswith("https:") else _COOKIE


def credential(request: Request, public_url: str) -> Credential:
    """The token of a request. Raises NotSignedIn in the same words whatever is wrong."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return _believable(token.strip() if scheme.lower() == "bearer" else "", PREFIX, Channel.API)
    return _believable(request.cookies.get(cookie_name(public_url), ""), SESSION_PREFIX, Channel.PORTAL)


def not_signed_in() -> NotSignedIn:
    """The one refusal for tokens that are missing, unknown, expired or revoked."""
    return NotSignedIn("Sign in, or send a valid bearer token.")


def hand_out(answer: Response, secret: str, public_url: str) -> None:
    """Give a browser its session; it forgets it when it is closed, we forget it earlier."""
    secure = public_url.startswith("https:")
    answer.set_cookie(cookie_name(public_url), secret, path="/", httponly=True, samesite="lax", secure=secure)


def take_back(answer: Response, public_url: str) -> None:
    """Have a browser forget its session."""
    secure = public_url.startswith("https:")
    answer.delete_cookie(cookie_name(public_url), path="/", httponly=True, samesite="lax", secure=secure)


def _believable(secret: str, prefix: str, channel: Channel) -> Credential:
    if not secret.startswith(prefix) or not secret.isascii():
        raise not_signed_in()
    return Credential(secret=secret, channel=channel)
