"""Settings from the environment (`DIALTONE_…`); default secrets are rejected outside development."""

from typing import Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Public, so for development on one machine only.
_DEVELOPMENT_KEY = "ZGlhbHRvbmUtZGV2ZWxvcG1lbnQta2V5LTMyLWJ5dGU="
_DEVELOPMENT_SIGNING_KEY = "development-signing-key"


class CarrierSettings(BaseModel):
    """The connection to one carrier. `adapter` is a key of `carriers.registry.ADAPTERS`."""

    code: str
    name: str
    adapter: str = "tmf622"
    url: str
    token: SecretStr
    webhook_secret: SecretStr
    calls_per_second: float = 20


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="DIALTONE_", env_nested_delimiter="__", extra="ignore", hide_input_in_errors=True
    )

    environment: str = "production"
    database_url: str = Field(validation_alias="DATABASE_URL")
    public_url: str = "http://127.0.0.1:8000"
    temporal_ui_url: str = "http://127.0.0.1:8233"
    task_queue: str = "dialtone"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_start_tls: bool | None = None
    mail_from: str = "Dialtone <orders@dialtone.example.com>"
    payload_keys: dict[str, SecretStr] = {"dev": SecretStr(_DEVELOPMENT_KEY)}
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
    def _reject_default_secrets(self) -> Self:
        secrets = [*self.payload_keys.values(), *self.link_keys]
        known = {_DEVELOPMENT_KEY, _DEVELOPMENT_SIGNING_KEY}
        if not self.development and any(secret.get_secret_value() in known for secret in secrets):
            raise ValueError(
                "Set DIALTONE_PAYLOAD_KEYS and DIALTONE_LINK_KEYS: the development keys are public. "
                "(DIALTONE_ENVIRONMENT=development allows them on one machine.)"
            )
        return self
