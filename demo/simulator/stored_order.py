import hashlib
import json
from typing import Any

from pydantic import BaseModel, Field

from demo.simulator.behaviors import Behavior
from demo.simulator.items import Document
from demo.simulator.states import FINAL, Phase, State


class StoredOrder(BaseModel):
    """An order as its client sees it, and the carrier's internal state of it.

    `phase` comes next, at the epoch second `due`; without `due` the carrier waits for its client. While a
    cancellation is assessed, `resume` and `prior` are the phase and state to return to if it is declined.

    `actions` are the codes of the recognized actions, by item. `secrets` are characteristics, by item, that only a read
    of the order shows. `idempotency_key` is the one that it was placed with, if it had one.
    """

    order: Document
    behavior: Behavior
    phase: Phase | None = None
    due: float | None = None
    resume: Phase | None = None
    prior: State | None = None
    informed: bool = False
    idempotency_key: str = ""
    actions: dict[str, str] = Field(default_factory=dict)
    shipping: list[str] = Field(default_factory=list)
    secrets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    cancellations: list[Document] = Field(default_factory=list)
    withheld: list[Document] = Field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.order["id"])

    @property
    def etag(self) -> str:
        """Another one after each change that the client can see (RFC 9110)."""
        visible = json.dumps([self.order, self.secrets], sort_keys=True)
        return f'"{hashlib.sha256(visible.encode()).hexdigest()[:32]}"'

    @property
    def state(self) -> State:
        return State(self.order["state"])

    @property
    def running(self) -> list[Document]:
        """The items that have not reached a final state."""
        return [item for item in self.order["productOrderItem"] if item["state"] not in FINAL]
