"""Access tokens of OAuth2, for servers that take them instead of a password."""

from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from httpx2 import HTTPError

TIMEOUT_SECONDS = 10


class TokenUnavailable(Exception):
    """The authorization server does not answer, or answers that it is unavailable."""


class TokenRefused(Exception):
    """The authorization server rejects the client, its secret, its scope or its refresh token."""


class TokenSource:
    """Fetches access tokens and keeps each until a minute before it expires.

    With a refresh token they are a person's, otherwise the client's own.
    """

    def __init__(
        self, *, token_url: str, client_id: str, client_secret: str, scope: str = "", refresh_token: str | None = None
    ) -> None:
        self._refresh_token = refresh_token
        self._client = AsyncOAuth2Client(
            client_id=client_id,
            client_secret=client_secret,
            scope=scope or None,
            token_endpoint=token_url,
            grant_type="client_credentials",
            timeout=TIMEOUT_SECONDS,
        )
        self.forget()

    async def token(self) -> str:
        """Raises TokenUnavailable, TokenRefused."""
        try:
            await self._client.ensure_active_token(self._client.token)
        except OAuthError as error:
            raise TokenRefused(f"no access token: {error}") from error
        except (HTTPError, ValueError) as error:  # ValueError: the answer is no JSON
            raise TokenUnavailable(f"no access token: {type(error).__name__}: {error}") from error
        return str(self._client.token["access_token"])

    def forget(self) -> None:
        """Fetch a new token next time, as the server has rejected this one."""
        self._client.token = {"access_token": "", "expires_at": 1, "refresh_token": self._refresh_token}

    async def close(self) -> None:
        await self._client.aclose()
