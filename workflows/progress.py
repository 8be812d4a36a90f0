"""What an order workflow knows while it runs: its items, its open approval, and how it may end."""

from dataclasses import dataclass, field, replace

from models.lifecycle import Action, Event, ItemState, Status
from models.order import (
    Activation,
    Actor,
    Approver,
    Deadlines,
    Identifiers,
    ItemSnapshot,
    OperatorAction,
    OrderEvent,
    Stage,
    StageMode,
)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The answer to a message that was accepted: where the order stands, and the last entry it has."""

    status: Status
    seq: int


class OrderEnded(Exception):
    """The order ends early. `event` is None where the entry that ends it is written already."""

    def __init__(
        self, status: Status, event: Event | None = None, *, actor: Actor | None = None, **data: str | None
    ) -> None:
        super().__init__(status)
        self.status, self.event, self.actor, self.data = status, event, actor, data


class ItemEnded(Exception):
    """One item ends early: the carrier refused or canceled it."""


@dataclass(kw_only=True)
class ItemProgress:
    """Where one item stands. `resumes` is the state to return to when a cancellation is declined."""

    state: ItemState = ItemState.PENDING
    identifiers: Identifiers = field(default_factory=Identifiers)
    resumes: ItemState | None = None
    fulfilled: bool = False
    activation: Activation | None = None

    def mark(self, item_id: str) -> ItemSnapshot:
        """The item's state for an entry, with what is known of it."""
        known = self.identifiers if self.identifiers != Identifiers() else None
        return ItemSnapshot(item_id=item_id, state=self.state, identifiers=known)

    def learn(self, said: Identifiers | None) -> None:
        """Take over what is said of the item; what is not said stays."""
        if said is not None:
            known = {name: value for name, value in vars(said).items() if value is not None}
            self.identifiers = replace(self.identifiers, **known)


@dataclass(kw_only=True)
class OpenStage:
    """The stage that is open for decision.

    `above` are those who are asked because others were silent: their word stands for everybody who is.
    """

    stage: Stage
    round: int
    clock: Deadlines
    pending: dict[str, Approver]
    last: bool
    approved: bool = False
    rejected: bool = False
    question: OrderEvent | None = None
    answered: bool = False
    reminders: int = 0
    seen: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)

    @property
    def decided(self) -> bool:
        """Whether waiting for this stage is over, or interrupted by a question."""
        return self.approved or self.rejected or self.question is not None

    def approve(self, approver_id: str) -> bool:
        """Count an approval; returns whether the stage is satisfied."""
        self.pending.pop(approver_id, None)
        alone = self.stage.mode is StageMode.ANY or approver_id in self.above
        self.approved = alone or not self.pending
        return self.approved


@dataclass(kw_only=True)
class FailedStep:
    """A step that is out of retries and waits for an operator's repair; there is no canceling what is `undoing`."""

    step: str
    by_hand: bool
    undoing: bool
    repair: tuple[Action, OperatorAction] | None = None
