"""Settings from the environment (`DIALTONE_…`); default and weak secrets are rejected outside development."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.email_address import check_sender

# Public, so for development on one machine only.
_DEVELOPMENT_KEY = "ZGlhbHRvbmUtZGV2ZWxvcG1lbnQta2V5LTMyLWJ5dGU="
_DEVELOPMENT_SIGNING_KEY = "development-signing-key"
_MIN_KEY_BYTES = 32
_MIN_SIGNING_KEY_LENGTH = 32
_MIN_PASSWORD = 16
_URL_SECRET = re.compile(r"[A-Za-z0-9_-]+")
_MIN_WEBHOOK_SECRET_BYTES = 24  # what Standard Webhooks requires
_WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of secrets
# Of 24 random bytes, or 32 random hex digits, nearly all sets have more.
_MIN_DIFFERENT = 8


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
    webhook_secret: SecretStr | None = None
    webhook_header: str = "X-Hub-Signature-256"
    webhook_algorithm: Literal["sha256", "sha512"] = "sha256"
    calls_per_second: float = Field(default=20, gt=0)
    unknown_window_seconds: float = Field(default=180, gt=0)
    idempotency_header: str | None = None

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
    payload_keys: dict[KeyId, SecretStr] = {"dev": SecretStr(_DEVELOPMENT_KEY)}
    link_keys: list[SecretStr] = [SecretStr(_DEVELOPMENT_SIGNING_KEY)]
    carriers: list[CarrierSettings] = []
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    temporal_metrics_port: int | None = None
    update_timeout_seconds: float = 5
    reconcile_after_seconds: float = 60
    session_idle_minutes: float = 30
    session_hours: float = 12
    step_up_minutes: float = 5

    @property
    def development(self) -> bool:
        """Whether development-only features (sign-in links) are enabled."""
        return self.environment == "development"

    @model_validator(mode="after")
    def _reject_weak_secrets(self) -> Self:
        weak = () if self.development else tuple(self._weak_secrets())
        if weak:
            raise ValueError(f"{' '.join(weak)} (DIALTONE_ENVIRONMENT=development allows public keys on one machine.)")
        return self

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> Self:
        if self.smtp_oauth and (self.smtp_password or not self.smtp_username):
            raise ValueError("DIALTONE_SMTP_OAUTH needs DIALTONE_SMTP_USERNAME, and no DIALTONE_SMTP_PASSWORD.")
        return self

    def _weak_secrets(self) -> Iterator[str]:
        """What to change, without any value."""
        keys = [key.get_secret_value() for key in self.payload_keys.values()]
        if not keys or _DEVELOPMENT_KEY in keys or not all(_is_random(_decoded(key), _MIN_KEY_BYTES) for key in keys):
            yield f"Set DIALTONE_PAYLOAD_KEYS to base64 keys of {_MIN_KEY_BYTES} random bytes."
        signing = [key.get_secret_value() for key in self.link_keys]
        if not signing or not all(_is_random(key.encode(), _MIN_SIGNING_KEY_LENGTH) for key in signing):
            yield f"Set DIALTONE_LINK_KEYS to secrets of at least {_MIN_SIGNING_KEY_LENGTH} random characters."
        for carrier in self.carriers:
            secret = carrier.webhook_secret.get_secret_value() if carrier.webhook_secret else ""
            standard = _decoded(secret.removeprefix(_WEBHOOK_SECRET_PREFIX))
            if carrier.webhook_auth == "standard_webhooks" and not _is_random(standard, _MIN_WEBHOOK_SECRET_BYTES):
                least = f"{_MIN_WEBHOOK_SECRET_BYTES} random bytes"
                yield f"The webhook_secret of {carrier.code} in DIALTONE_CARRIERS must be whsec_ and base64 of {least}."
            if carrier.webhook_auth in {"hmac", "url"} and not _is_random(secret.encode(), _MIN_SIGNING_KEY_LENGTH):
                least = f"{_MIN_SIGNING_KEY_LENGTH} random characters"
                yield f"The webhook_secret of {carrier.code} in DIALTONE_CARRIERS must be at least {least}."
            if carrier.token and not carrier.token.get_secret_value().strip():
                yield f"The token of {carrier.code} in DIALTONE_CARRIERS is empty."
            if carrier.oauth and not _is_random(carrier.oauth.client_secret.get_secret_value().encode(), _MIN_PASSWORD):
                least = f"{_MIN_PASSWORD} random characters"
                yield f"The client_secret of {carrier.code} in DIALTONE_CARRIERS must be at least {least}."


def _decoded(key: str) -> bytes:
    """The bytes of a base64 key; none for what is no base64."""
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_random(secret: bytes, length: int) -> bool:
    """Whether a secret has at least this length, and is not just a repetition of a few characters."""
    return len(secret) >= length and len(set(secret)) >= _MIN_DIFFERENT
