"""An order as the carrier keeps it: what the world is told, and what it keeps to itself."""

from pydantic import BaseModel, Field

from demo.simulator.behaviors import Behavior
from demo.simulator.items import Document
from demo.simulator.states import FINAL, Phase, State


class Record(BaseModel):
    """An order as told to the world, and what the carrier keeps to itself.

    `phase` is what happens next, `due` the epoch second at which it does; without `due` the carrier waits
    for its client. While a cancellation is assessed, `resume` and `prior` say what to go back to.
    """

    order: Document
    behavior: Behavior
    phase: Phase | None = None
    due: float | None = None
    resume: Phase | None = None
    prior: State | None = None
    informed: bool = False
    shipping: list[str] = Field(default_factory=list)
    activation_codes: dict[str, str] = Field(default_factory=dict)
    cancellations: list[Document] = Field(default_factory=list)
    withheld: list[Document] = Field(default_factory=list)

    @property
    def id(self) -> str:
        """Give the carrier's id of the order."""
        return str(self.order["id"])

    @property
    def state(self) -> State:
        """Give the state of the order."""
        return State(self.order["state"])

    @property
    def running(self) -> list[Document]:
        """Give the items that have not reached a final state."""
        return [item for item in self.order["productOrderItem"] if item["state"] not in FINAL]
