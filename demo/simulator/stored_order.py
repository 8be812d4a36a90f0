from pydantic import BaseModel, Field

from demo.simulator.behaviors import Behavior
from demo.simulator.items import Document
from demo.simulator.states import FINAL, Phase, State


class StoredOrder(BaseModel):
    """An order as its client sees it, and the carrier's internal state of it.

    `phase` comes next, at the epoch second `due`; without `due` the carrier waits for its client. While a
    cancellation is assessed, `resume` and `prior` are the phase and state to return to if it is declined.
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
        return str(self.order["id"])

    @property
    def state(self) -> State:
        return State(self.order["state"])

    @property
    def running(self) -> list[Document]:
        """The items that have not reached a final state."""
        return [item for item in self.order["productOrderItem"] if item["state"] not in FINAL]
