"""What a request shows to prove who sends it: a bearer token, or the session cookie of a browser."""

from dataclasses import dataclass

from fastapi import Request

from api.auth.tokens import PREFIX
from models.errors import NotSignedIn
from models.order import Channel

COOKIE = "dialtone_session"


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A token that was shown, not yet believed, and by which door it came."""

    token: str
    channel: Channel


def credential(request: Request) -> Credential:
    """The token of a request. Raises NotSignedIn in the same words whatever is wrong."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return _believable(token.strip() if scheme.lower() == "bearer" else "", Channel.API)
    return _believable(request.cookies.get(COOKIE, ""), Channel.PORTAL)


def not_signed_in() -> NotSignedIn:
    """The one refusal for tokens that are missing, unknown, expired or revoked."""
    return NotSignedIn("Sign in, or send a valid bearer token.")


def _believable(token: str, channel: Channel) -> Credential:
    if not token.startswith(PREFIX) or not token.isascii():
        raise not_signed_in()
    return Credential(token=token, channel=channel)
