from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, SecretStr

from demo.simulator.behaviors import MODEL_CONFIG, BehaviorRule
from demo.simulator.states import Phase


class Pace(BaseModel):
    """Seconds before each phase, with exceptions in `phases`."""

    model_config = MODEL_CONFIG

    seconds: NonNegativeFloat = 2.0
    phases: dict[Phase, NonNegativeFloat] = Field(default_factory=dict)

    def of(self, phase: Phase) -> float:
        return self.phases.get(phase, self.seconds)


class SimulatorSettings(BaseModel):
    """`series` (0 to 9) keeps the numbers of two carriers distinct. `webhook_secret` is `whsec_` and base64.

    Without `data_directory` nothing survives a restart. Pace and rules are reset at every start; a running order
    keeps the behavior it was placed with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "Simulated Mobile"
    series: int = Field(default=1, ge=0, le=9)
    api_token: SecretStr
    webhook_secret: SecretStr
    data_directory: Path | None = None
    pace: Pace = Pace()
    rules: tuple[BehaviorRule, ...] = ()
    area_code: str = "646"
    auto_activate: bool = False
    idempotent_external_id: bool = False
    retry_first_seconds: float = 0.5
    retry_longest_seconds: float = 30.0
    rejections_until_dropped: int = 8

    @property
    def slug(self) -> str:
        """The name as used in host names and party ids."""
        return "-".join(self.name.lower().split())
