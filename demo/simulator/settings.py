from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, SecretStr, model_validator

from demo.simulator.behaviors import MODEL_CONFIG, BehaviorRule
from demo.simulator.personality import NORTHWIND, Personality
from demo.simulator.states import Phase


class Pace(BaseModel):
    """Seconds before each phase, with exceptions in `phases`."""

    model_config = MODEL_CONFIG

    seconds: NonNegativeFloat = 2.0
    phases: dict[Phase, NonNegativeFloat] = Field(default_factory=dict)

    def of(self, phase: Phase) -> float:
        return self.phases.get(phase, self.seconds)


class SimulatorSettings(BaseModel):
    """`api_token` is what clients send or, if they log in with OAuth2, their secret.

    `webhook_secret` is `whsec_` and base64; None for a carrier that does not sign its events.
    Without `data_directory` nothing survives a restart. Pace and rules are reset at every start; a running order
    keeps the behavior it was placed with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    personality: Personality = NORTHWIND
    api_token: SecretStr
    webhook_secret: SecretStr | None = None
    data_directory: Path | None = None
    pace: Pace = Pace()
    rules: tuple[BehaviorRule, ...] = ()
    area_code: str = "646"
    auto_activate: bool = False
    retry_first_seconds: float = 0.5
    retry_longest_seconds: float = 30.0
    rejections_until_dropped: int = 8

    @model_validator(mode="after")
    def _secret_to_sign_with(self) -> Self:
        if (self.webhook_secret is None) is self.personality.signs_events:
            raise ValueError(f"{self.personality.name} needs a webhook secret if it signs its events, and only then.")
        return self
