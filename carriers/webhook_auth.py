"""How a carrier shows that an event is its own."""

import base64
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from models.errors import SignatureInvalid

Method = Literal["standard_webhooks", "hmac", "url", "none"]
Algorithm = Literal["sha256", "sha512"]


class WebhookSettings(Protocol):
    """`webhook_secret` is None for the method `none`; header and algorithm are those of `hmac`."""

    webhook_auth: Method
    webhook_header: str
    webhook_algorithm: Algorithm

    @property
    def webhook_secret(self) -> SecretStr | None: ...


@dataclass(frozen=True, kw_only=True)
class Received:
    """An event as it came: header names are in lower case, `url_secret` followed the callback address."""

    headers: Mapping[str, str]
    body: bytes
    url_secret: str


class WebhookAuth(ABC):
    """An event is `believed` unless everyone can send one."""

    believed = True

    @abstractmethod
    def verify(self, received: Received, /) -> str | None:
        """Raises SignatureInvalid; returns the event's id, if the method has one."""

    def callback(self, url: str) -> str:
        """The address to subscribe."""
        return url


class StandardWebhooks(WebhookAuth):
    """Signed within the last five minutes."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)

    def verify(self, received: Received, /) -> str | None:
        try:
            self._webhook.verify(received.body, dict(received.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # A malformed header is a ValueError.
            raise SignatureInvalid("The signature isn't valid.") from error
        return received.headers["webhook-id"]


class HmacHeader(WebhookAuth):
    """The HMAC of the body in a header, as hex digits or base64, with or without `sha256=` before it."""

    def __init__(self, secret: str, header: str, algorithm: Algorithm) -> None:
        self._secret = secret.encode()
        self._header = header.lower()
        self._algorithm = algorithm

    def verify(self, received: Received, /) -> str | None:
        given = received.headers.get(self._header, "").removeprefix(f"{self._algorithm}=").encode()
        digest = hmac.digest(self._secret, received.body, self._algorithm)
        valid = (digest.hex().encode(), base64.b64encode(digest))
        if not any(hmac.compare_digest(given, signature) for signature in valid):
            raise SignatureInvalid("The signature isn't valid.")
        return None


class UrlSecret(WebhookAuth):
    """A secret at the end of the address that events are sent to."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def verify(self, received: Received, /) -> str | None:
        if not hmac.compare_digest(received.url_secret.encode(), self._secret.encode()):
            raise SignatureInvalid("The address isn't valid.")
        return None

    def callback(self, url: str) -> str:
        return f"{url}/{self._secret}"


class Unsigned(WebhookAuth):
    believed = False

    def verify(self, _: Received, /) -> str | None:
        return None


def webhook_auth(settings: WebhookSettings) -> WebhookAuth:
    if settings.webhook_auth == "none":
        return Unsigned()
    assert settings.webhook_secret is not None
    secret = settings.webhook_secret.get_secret_value()
    if settings.webhook_auth == "hmac":
        return HmacHeader(secret, settings.webhook_header, settings.webhook_algorithm)
    return UrlSecret(secret) if settings.webhook_auth == "url" else StandardWebhooks(secret)
