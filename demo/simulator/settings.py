"""How one simulated carrier is set up."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, SecretStr

from demo.simulator.behaviors import VALUE, Rule
from demo.simulator.states import Phase


class Pace(BaseModel):
    """Seconds before each phase; 0 means at once, `phases` names exceptions."""

    model_config = VALUE

    seconds: NonNegativeFloat = 2.0
    phases: dict[Phase, NonNegativeFloat] = Field(default_factory=dict)

    def of(self, phase: Phase) -> float:
        """Give the seconds that pass before the phase."""
        return self.phases.get(phase, self.seconds)


class SimulatorSettings(BaseModel):
    """Everything a carrier is started with.

    `series` (0 to 9) keeps the numbers of two carriers apart. `webhook_secret` is `whsec_` and base64.
    Without `data_directory` the carrier forgets everything when it stops. Pace and rules are those given
    here after every start; a running order keeps the behavior it was placed under.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "Simulated Mobile"
    series: int = Field(default=1, ge=0, le=9)
    api_token: SecretStr
    webhook_secret: SecretStr
    data_directory: Path | None = None
    pace: Pace = Pace()
    rules: tuple[Rule, ...] = ()
    area_code: str = "646"
    activates_by_itself: bool = False
    idempotent_external_id: bool = False
    retry_first_seconds: float = 0.5
    retry_longest_seconds: float = 30.0
    refusals_until_dropped: int = 8

    @property
    def slug(self) -> str:
        """Give the name as it appears in host names and party ids."""
        return "-".join(self.name.lower().split())
