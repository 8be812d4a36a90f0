"""Who can call the carrier: clients with its token, or with one that its token endpoint has issued."""

import secrets
import time
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from demo.simulator.errors import InvalidClientError, NotFoundError, UnsupportedGrantError
from demo.simulator.personality import CLIENT_ID
from demo.simulator.settings import SimulatorSettings

TOKEN_SECONDS = 600


class Tokens(ABC):
    @abstractmethod
    def accepts(self, token: str) -> bool:
        """Whether the bearer token opens the API."""

    @abstractmethod
    def issue(self, authorization: str, form: bytes, /) -> Mapping[str, Any]:
        """The answer of the token endpoint to a header and a form."""


class FixedToken(Tokens):
    """The configured token; there is no token endpoint."""

    def __init__(self, token: str) -> None:
        self._token = token

    def accepts(self, token: str) -> bool:
        return _same(token, self._token)

    def issue(self, _: str, __: bytes, /) -> Mapping[str, Any]:
        raise NotFoundError("this carrier issues no tokens")


class IssuedTokens(Tokens):
    """OAuth2 client credentials (RFC 6749, section 4.4). A restart revokes all tokens."""

    def __init__(self, client_secret: str) -> None:
        self._client_secret = client_secret
        self._expiry: dict[str, float] = {}

    def accepts(self, token: str) -> bool:
        return self._expiry.get(token, 0) > time.time()

    def issue(self, authorization: str, form: bytes, /) -> Mapping[str, Any]:
        """Raises InvalidClientError, UnsupportedGrantError."""
        fields = {name: values[0] for name, values in parse_qs(form.decode(errors="replace")).items()}
        client_id, client_secret = _basic(authorization) or (
            fields.get("client_id", ""),
            fields.get("client_secret", ""),
        )
        if client_id != CLIENT_ID or not _same(client_secret, self._client_secret):
            raise InvalidClientError
        if fields.get("grant_type") != "client_credentials":
            raise UnsupportedGrantError
        token, now = secrets.token_urlsafe(32), time.time()
        self._expiry = {known: expiry for known, expiry in self._expiry.items() if expiry > now}
        self._expiry[token] = now + TOKEN_SECONDS
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}


def tokens_of(settings: SimulatorSettings) -> Tokens:
    secret = settings.api_token.get_secret_value()
    return IssuedTokens(secret) if settings.personality.login == "oauth" else FixedToken(secret)


def _basic(authorization: str) -> tuple[str, str] | None:
    """Id and secret in a header of the scheme Basic; both are form-encoded first (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, client_secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError as error:
        raise InvalidClientError from error
    return unquote(client_id), unquote(client_secret)


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())
