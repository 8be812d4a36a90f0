"""Settings (`DIALTONE_…`).

Weak secrets, and site, carrier or token addresses without https, are rejected outside development.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.email_address import check_sender

# Public, so for development on one machine only.
_DEVELOPMENT_KEY = "ZGlhbHRvbmUtZGV2ZWxvcG1lbnQta2V5LTMyLWJ5dGU="
_DEVELOPMENT_SIGNING_KEY = "development-signing-key"
_PUBLIC_KEYS = frozenset({_DEVELOPMENT_KEY, _DEVELOPMENT_SIGNING_KEY})
_MIN_KEY_BYTES = 32
_MIN_LENGTH = 32
_MIN_PASSWORD = 16
_MIN_SURPRISES = 0.75  # random bytes, and random hex digits, have more than nine in ten
_URL_SECRET = re.compile(r"[A-Za-z0-9_-]+")
_MIN_WEBHOOK_SECRET_BYTES = 24  # what Standard Webhooks requires
_WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of secrets


class SigningKey(SecretStr):
    """A secret that we chose: characters."""


class WebhookSecret(SigningKey):
    """Characters too, or a secret of Standard Webhooks."""


class EncryptionKey(SecretStr):
    """A key in base64."""


# What is stored begins with the id of its key and a colon.
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class OAuthSettings(BaseModel):
    """How to get access tokens: as a client, or as a person with `refresh_token`."""

    token_url: str
    client_id: str
    client_secret: SecretStr
    scope: str = ""
    refresh_token: SecretStr | None = None


class CarrierSettings(BaseModel):
    """The connection to one carrier. `adapter` is a key of `carriers.registry.ADAPTERS`."""

    code: str
    name: str
    adapter: str = "tmf622"
    url: str
    token: SecretStr | None = None
    oauth: OAuthSettings | None = None
    webhook_auth: Literal["standard_webhooks", "hmac", "url", "none"] = "standard_webhooks"
    webhook_secret: WebhookSecret | None = None
    webhook_header: str = "X-Hub-Signature-256"
    webhook_algorithm: Literal["sha256", "sha512"] = "sha256"
    calls_per_second: float = Field(default=20, gt=0)
    unknown_window_seconds: float = Field(default=180, gt=0)
    idempotency_header: str | None = None
    quote_api: Literal["companion", "tmf679"] | None = None

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> Self:
        if (self.token is None) is (self.oauth is None):
            raise ValueError(f"The carrier {self.code} needs either a token or oauth.")
        return self

    @model_validator(mode="after")
    def _secret_to_verify_with(self) -> Self:
        if (self.webhook_secret is None) is not (self.webhook_auth == "none"):
            raise ValueError(f"The carrier {self.code} needs a webhook_secret, unless its webhook_auth is none.")
        secret = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
        if self.webhook_auth == "url" and not _URL_SECRET.fullmatch(secret):
            raise ValueError(f"The webhook_secret of {self.code} must have letters, digits, - and _ only.")
        return self


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="DIALTONE_", env_nested_delimiter="__", extra="ignore", hide_input_in_errors=True
    )

    environment: str = "production"
    database_url: str = Field(validation_alias="DATABASE_URL")
    database_connect_seconds: float = Field(default=10, gt=0)
    database_statement_seconds: float = Field(default=30, gt=0)
    database_request_seconds: float = Field(default=5, gt=0)
    database_lock_seconds: float = Field(default=10, gt=0)
    database_tcp_seconds: float = Field(default=30, gt=0)
    public_url: str = "http://127.0.0.1:8000"
    trusted_hosts: list[str] = []
    temporal_ui_url: str = "http://127.0.0.1:8233"
    task_queue: str = "dialtone"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_oauth: OAuthSettings | None = None
    smtp_security: Literal["auto", "starttls", "tls", "none"] = "auto"
    smtp_ca_file: FilePath | None = None
    smtp_conversation_seconds: float = Field(default=60, gt=0)
    smtp_connections: int = Field(default=5, gt=0)
    mail_from: Annotated[str, AfterValidator(check_sender)] = "Dialtone <orders@dialtone.example.com>"
    payload_keys: dict[KeyId, EncryptionKey] = {"dev": EncryptionKey(_DEVELOPMENT_KEY)}
    link_keys: list[SigningKey] = [SigningKey(_DEVELOPMENT_SIGNING_KEY)]
    carriers: list[CarrierSettings] = []
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    temporal_metrics_port: int | None = None
    update_timeout_seconds: float = Field(default=5, gt=0, le=5)
    reconcile_after_seconds: float = 60
    session_idle_minutes: float = 30
    session_hours: float = 12
    step_up_minutes: float = 5

    @property
    def development(self) -> bool:
        """Whether development-only features (sign-in links) are enabled."""
        return self.environment == "development"

    @field_validator("temporal_ui_url")
    @classmethod
    def _check_temporal_ui(cls, address: str) -> str:
        if not _is_web_address(address):
            raise ValueError("DIALTONE_TEMPORAL_UI_URL must begin with http:// or https:// and a host.")
        return address

    @model_validator(mode="after")
    def _reject_weak_settings(self) -> Self:
        weak = () if self.development else (*self._weak_secrets(), *self._plain_addresses())
        if weak:
            allowed = "DIALTONE_ENVIRONMENT=development allows public keys and http:// on one machine."
            raise ValueError(f"{' '.join(weak)} ({allowed})")
        return self

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> Self:
        if self.smtp_oauth and (self.smtp_password or not self.smtp_username):
            raise ValueError("DIALTONE_SMTP_OAUTH needs DIALTONE_SMTP_USERNAME, and no DIALTONE_SMTP_PASSWORD.")
        return self

    @model_validator(mode="after")
    def _log_in_encrypted(self) -> Self:
        """With `auto`, anyone between us and the server can hide that it offers STARTTLS."""
        logs_in = self.smtp_username or self.smtp_password or self.smtp_oauth
        if logs_in and self.smtp_security in {"auto", "none"} and not self.development:
            raise ValueError("To log in to the email server, set DIALTONE_SMTP_SECURITY to tls or starttls.")
        return self

    def _weak_secrets(self) -> Iterator[str]:
        """What to change, without any value."""
        if not self.payload_keys or not self.link_keys:
            yield "DIALTONE_PAYLOAD_KEYS and DIALTONE_LINK_KEYS must not be empty."
        for name, secret in _secrets_in(self, "DIALTONE_"):
            if secret.get_secret_value() in _PUBLIC_KEYS or not _is_random(*_measured(secret)):
                yield f"{name} must be {_required(secret)}."

    def _plain_addresses(self) -> Iterator[str]:
        """Addresses where secrets would be sent unencrypted."""
        addresses = {"DIALTONE_PUBLIC_URL": self.public_url}
        for number, carrier in enumerate(self.carriers):
            name = f"DIALTONE_CARRIERS.{number}"
            addresses |= {f"{name}.url": carrier.url} | _token_url(f"{name}.oauth", carrier.oauth)
        addresses |= _token_url("DIALTONE_SMTP_OAUTH", self.smtp_oauth)
        for name, address in addresses.items():
            if not address.startswith("https://"):
                yield f"{name} must begin with https://."


def _is_web_address(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:  # brackets that don't match, or a port that is no number
        return False


def _token_url(name: str, oauth: OAuthSettings | None) -> dict[str, str]:
    return {f"{name}.token_url": oauth.token_url} if oauth else {}


def _secrets_in(value: object, name: str) -> Iterator[tuple[str, SecretStr]]:
    """All secrets of a value, by the name of the setting: `DIALTONE_CARRIERS.0.token`."""
    if isinstance(value, SecretStr):
        yield name, value
    elif isinstance(value, Settings):
        for field, one in value:
            yield from _secrets_in(one, f"{name}{field.upper()}")
    elif isinstance(value, BaseModel | dict):
        for field, one in dict(value).items():
            yield from _secrets_in(one, f"{name}.{field}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _secrets_in(one, f"{name}.{number}")


def _measured(secret: SecretStr) -> tuple[bytes, int]:
    """The bytes of a secret, and how many it must have."""
    text = secret.get_secret_value()
    if isinstance(secret, EncryptionKey):
        return _decoded(text), _MIN_KEY_BYTES
    if isinstance(secret, WebhookSecret) and text.startswith(_WEBHOOK_SECRET_PREFIX):
        return _decoded(text.removeprefix(_WEBHOOK_SECRET_PREFIX)), _MIN_WEBHOOK_SECRET_BYTES
    return text.encode(), _MIN_LENGTH if isinstance(secret, SigningKey) else _MIN_PASSWORD


def _required(secret: SecretStr) -> str:
    if isinstance(secret, EncryptionKey):
        return f"base64 of {_MIN_KEY_BYTES} random bytes"
    own = f"at least {_MIN_LENGTH if isinstance(secret, SigningKey) else _MIN_PASSWORD} random characters"
    is_webhook = isinstance(secret, WebhookSecret)
    return f"whsec_ and base64 of {_MIN_WEBHOOK_SECRET_BYTES} random bytes, or {own}" if is_webhook else own


def _decoded(key: str) -> bytes:
    """The bytes of a base64 key; none for what is no base64."""
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_random(secret: bytes, length: int) -> bool:
    """Whether a secret has at least this length, and enough of it doesn't follow from what comes before.

    What follows is the end of three bytes that came before, and that of three that count up, down or stay.
    """
    if len(secret) < length:
        return False
    seen, surprises = set[bytes](), 2
    for place in range(2, len(secret)):
        three = secret[place - 2 : place + 1]
        step = three[1] - three[0]
        continues = abs(step) <= 1 and three[2] - three[1] == step
        surprises += three not in seen and not continues
        seen.add(three)
    return surprises >= length * _MIN_SURPRISES
