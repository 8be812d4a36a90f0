"""How Dialtone shows a carrier who it is."""

from typing import Protocol

from pydantic import SecretStr

from models.errors import CarrierUnavailable
from runtime.oauth import TokenRefused, TokenSource, TokenUnavailable


class OAuthClient(Protocol):
    """An OAuth2 client; with `refresh_token` it acts for a person."""

    token_url: str
    client_id: str
    client_secret: SecretStr
    scope: str
    refresh_token: SecretStr | None


class StaticToken:
    """A bearer token that an operator replaces."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    def renew(self) -> bool:
        """Whether another token can be had, as the carrier has rejected this one."""
        return False

    async def close(self) -> None:
        """No connection to close."""


class OAuthToken:
    """An access token of OAuth2, kept until shortly before it expires."""

    def __init__(self, carrier_name: str, client: OAuthClient) -> None:
        self._carrier_name = carrier_name
        self._source = TokenSource(
            token_url=client.token_url,
            client_id=client.client_id,
            client_secret=client.client_secret.get_secret_value(),
            scope=client.scope,
            refresh_token=client.refresh_token.get_secret_value() if client.refresh_token else None,
        )

    async def token(self) -> str:
        """Raises CarrierUnavailable."""
        try:
            return await self._source.token()
        except (TokenUnavailable, TokenRefused) as error:
            raise CarrierUnavailable(f"{self._carrier_name}: {error}", nothing_done=True) from error

    def renew(self) -> bool:
        self._source.forget()
        return True

    async def close(self) -> None:
        await self._source.close()
