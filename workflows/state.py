"""An order while it runs: what its workflow knows, and how it moves."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

from temporalio import workflow

from models.lifecycle import Event, Status, advance, fold
from models.order import SYSTEM, Actor, Cancellation, InfoResponse, Item, ItemSnapshot, Order, OrderEvent, Ruling
from models.order_type import Milestone
from workflows.compensation import Compensations
from workflows.progress import FailedStep, ItemProgress, OpenStage, OrderEnded
from workflows.publisher import Publisher


class OrderState:
    """The state of one order's workflow. Messages change it, steps wait for it to change."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        self.order = order
        self.status = Status.VALIDATING
        self.publisher = Publisher(order.ref)
        self.undo = Compensations()
        self.progress = {item.id: ItemProgress() for item in order.items}
        self.ruling: Ruling | None = None
        self.approval: OpenStage | None = None
        self.effective_at = order.effective_at
        self.milestone = Milestone.SUBMITTED
        self.sent = False
        self.placed = False
        self.lines_freed = 0
        self.opening = False
        self.applying = asyncio.Lock()
        self.cancellation: Cancellation | None = None
        self.cancel_assessed = False
        self.ending = False
        self.canceling: asyncio.Task[None] | None = None
        self.corrections: list[InfoResponse] = []
        self.failures: list[FailedStep] = []
        self.last_refusal: dict[str, Any] = {}
        self.heard: set[str] = set()

    def next_entry(self, event: Event, status: Status, *, actor: Actor = SYSTEM, **data: Any) -> OrderEvent:
        """A numbered entry as of now; `due_at` and `items` in `data` go to the entry's own fields."""
        due_at, items = data.pop("due_at", None), data.pop("items", ())
        return OrderEvent(
            seq=self.publisher.next_seq(),
            at=workflow.now(),
            event=event,
            status=status,
            actor=actor,
            items=items,
            data=tuple(data.items()),
            due_at=due_at,
        )

    def move(self, status: Status, event: Event, *, actor: Actor | None = None, **data: Any) -> None:
        """Change the order's status, and have it written down."""
        self.set_status(status)
        self.publisher.post(self.next_entry(event, status, actor=actor or SYSTEM, **data))

    def note(self, event: Event, actor: Actor, **data: Any) -> None:
        """Have something written down that changes no status."""
        self.publisher.post(self.next_entry(event, self.status, actor=actor, **data))

    def set_status(self, status: Status) -> None:
        """Know where the order stands; an activity writes it down."""
        self.status = advance(self.status, status)
        workflow.set_current_details(f"**{self.status}** {self.order.number}")

    def refold(self, *, final: bool = False) -> Status:
        """The status the items add up to; the order's end only where the caller may say so (`final`)."""
        if self.failures:
            return Status.FAILED
        folded = fold([progress.state for progress in self.progress.values()])
        return self.status if folded.final and not final else folded

    def marks(self, *items: Item) -> tuple[ItemSnapshot, ...]:
        """Where these items (all, when none is named) stand, for an entry."""
        return tuple(self.progress[item.id].mark(item.id) for item in items or self.order.items)

    def running(self) -> list[Item]:
        """The items that have not ended."""
        return [item for item in self.order.items if not self.progress[item.id].state.final]

    def passed(self, window: Milestone) -> bool:
        """Whether the order, or one of its running items, is at or beyond a milestone."""
        ranks = list(Milestone)
        return ranks.index(self.milestone) >= ranks.index(window)

    def reach(self, milestone: Milestone) -> None:
        """Note that a milestone was passed; cancellation windows close at milestones."""
        ranks = list(Milestone)
        self.milestone = max(self.milestone, milestone, key=ranks.index)

    async def until(self, condition: Callable[[], bool], *, at: datetime | None = None, waiting: str = "") -> bool:
        """Wait for something, no longer than till `at`; False when that time came first.

        A cancellation that is within its window ends the wait, and the order.
        """
        timeout = None if at is None else max((at - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(
                lambda: condition() or self.canceled_early, timeout=timeout, timeout_summary=waiting or None
            )
        except TimeoutError:
            return False
        self.raise_if_canceled()
        return True

    @property
    def canceled(self) -> bool:
        """Whether somebody wants the order to end."""
        return self.cancellation is not None

    @property
    def canceled_early(self) -> bool:
        """Whether a cancellation came before anything was sent to the carrier."""
        return self.canceled and not self.sent

    @property
    def stopped(self) -> bool:
        """Whether a cancellation wants the order to end that no carrier is being asked about."""
        return self.canceled and self.canceling is None

    def raise_if_canceled(self) -> None:
        """End the order if somebody canceled it and the carrier knows nothing of it yet."""
        if self.canceled_early:
            self.end_canceled()

    def end_canceled(self) -> NoReturn:
        """End the order as its cancellation says."""
        assert self.cancellation is not None
        raise self.stop(self.cancellation.actor, self.cancellation.reason)

    def stop(self, actor: Actor, reason: str) -> OrderEnded:
        """How the order ends when somebody stops it: withdrawn till it is approved, canceled from then on."""
        if self.milestone is Milestone.SUBMITTED:
            return OrderEnded(Status.WITHDRAWN, Event.WITHDRAWN, actor=actor, reason=reason)
        return OrderEnded(Status.CANCELED, Event.CANCELED, actor=actor, reason=reason)
