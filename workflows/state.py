"""The state of an order's workflow while it runs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from models.approval_plan import Deadlines, Stage
from models.errors import FieldError
from models.event import Event
from models.events.ending import CANCELED, WITHDRAWN
from models.events.operations import NUMBERS_TAKEN
from models.lifecycle import OWN_STATUSES, Action, ItemState, Status, advance, status_from_items
from models.order import (
    SYSTEM,
    Actor,
    CarrierUpdate,
    Identifiers,
    Item,
    ItemSnapshot,
    ItemUpdate,
    Order,
    OrderEvent,
    Ruling,
)
from models.order_messages import (
    Activation,
    Cancellation,
    Correction,
    InfoResponse,
    ItemReturn,
    OperatorAction,
    Replacement,
    SettledIdentifier,
)
from models.order_type import Milestone
from models.returns import ReturnState
from models.step import Place
from models.waiting import WaitTimes
from workflows.open_stage import OpenStage
from workflows.order_clock import Alarm, Clock, RunningWait
from workflows.publisher import Publisher


class OrderEnded(Exception):
    """The order ends early. Without `event`, the event that ends it is already recorded."""

    def __init__(self, status: Status, event: Event | None = None, **data: Any) -> None:
        super().__init__(status)
        self.status, self.event, self.data = status, event, data


class ItemEnded(Exception):
    """The item ends early: the carrier rejected or canceled it."""


@dataclass(kw_only=True)
class ItemProgress:
    """`fulfilled`: the carrier has done its part. `needs`: what it lacks for the item, by question.

    `question`: the carrier's words about it. `before_setback`: how far the item is, apart from a backorder or question.
    `reported_at`: when the carrier said so, the latest of all times. What it says besides is only in the item's row.
    `in_part`: it has done only a part of the item. `refusal`: why the carrier has refused it, with its code;
    `to_correct`: because of which answers. `round`: the one that decides how far it is. `expected_at`: when the carrier
    expects to do its part. `final_on`: the last day of service of a line that ends. `is_answered`: it has got an answer
    to its question. `is_number_open`: its line has another number, which its user is asked to accept; `number_answer`:
    what they say. `is_at_risk`: the desk was asked to save its old number. `is_confirmed`: a person knows that the
    carrier provides the item, although it has taken that back. `asked_again`: the carrier was asked for what it had not
    reported. `settled`: what people have decided about its identifiers that something else has. `returned_by`: the open
    order that takes the item back, or looks for it. `is_received`: its user says so. `return_state`: how far a device
    is that goes back, or what has become of a parcel. `send_from`: when its user could first send it. `at_desk`: the
    desk is asked, by the event numbered `desk_task`. `times_asked`: how often the desk was asked where the device is.
    `resume_state`: the state to return to if a cancellation is declined, or when a failure is fixed.
    """

    state: ItemState = ItemState.PENDING
    reported_at: datetime | None = None
    resume_state: ItemState | None = None
    fulfilled: bool = False
    before_setback: ItemState | None = None
    needs: tuple[str, ...] = ()
    question: str | None = None
    is_answered: bool = False
    is_number_open: bool = False
    number_answer: InfoResponse | None = None
    is_at_risk: bool = False
    expected_at: datetime | None = None
    final_on: date | None = None
    in_part: bool = False
    activation: Activation | None = None
    returned_by: ItemReturn | None = None
    is_received: bool = False
    return_state: ReturnState | None = None
    at_desk: bool = False
    desk_task: int | None = None
    send_from: datetime | None = None
    times_asked: int = 0
    settled: tuple[SettledIdentifier, ...] = ()
    asked_again: bool = False
    is_confirmed: bool = False
    refusal: Mapping[str, Any] = field(default_factory=dict)
    to_correct: tuple[str, ...] = ()
    round: int = 0

    @property
    def end(self) -> ItemState:
        """How the item ends once the inventory is changed."""
        return ItemState.PARTLY_DONE if self.in_part else ItemState.DONE

    @property
    def has_question(self) -> bool:
        """Whether the carrier asks something about the item."""
        return self.state is ItemState.INFO_REQUIRED and not self.is_number_open


@dataclass(frozen=True, kw_only=True)
class EarlierUpdate:
    """What the carrier has reported about an item of an earlier round."""

    round: int
    update: ItemUpdate
    actor: Actor


@dataclass(kw_only=True)
class FailedStep:
    """A step that is out of retries and waits for an operator. `compensating`: see `run_step`.

    `data` is what its event says about the failure. `remedies`: what can be decided about what it has failed of.
    `is_outdated`: the carrier has said something else since, so it is tried again.
    """

    step: str
    data: Mapping[str, Any]
    can_complete_manually: bool
    compensating: bool
    remedies: tuple[str, ...] = ()
    is_outdated: bool = False
    repair: tuple[Action, OperatorAction] | None = None

    @property
    def choices(self) -> list[str]:
        """The choices of its task."""
        allowed = {
            Action.RETRY: True,
            Action.COMPLETE_MANUALLY: self.can_complete_manually,
            Action.CANCEL: not self.compensating,
        }
        choices = [action.value for action, is_allowed in allowed.items() if is_allowed]
        return [*self.remedies, *choices]


@dataclass(kw_only=True)
class Hold:
    """An order that the rules no longer allow waits until an operator has had it corrected."""

    refusals: tuple[FieldError, ...]
    correction: OperatorAction | None = None


class OrderState:
    """Messages change it, and steps wait for the changes."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        self.order = order
        self.status = Status.VALIDATING
        self.milestone = Milestone.SUBMITTED
        self.publisher = Publisher(order.ref, self._note_taken)
        self.clock = Clock()
        self.wait_times: WaitTimes | None = None  # known from the ruling on
        self.waits: dict[str, RunningWait] = {}
        self.progress = {item.id: ItemProgress() for item in order.items}
        self.ruling: Ruling | None = None
        self.approval: OpenStage | None = None
        self.approval_round = 0  # of the latest stage
        self.hold: Hold | None = None
        self.effective_at = order.effective_at
        self.locks_released = 0
        self.corrections: list[InfoResponse] = []
        self.correction: Correction | None = None  # of what the carrier has refused
        self.is_corrected = False  # it is to be sent, and no step does that yet
        self.last_decline: dict[str, Any] = {}
        self.failures: list[FailedStep] = []
        self.task: int | None = None  # the event that opened the task about them, or about the hold, by its `seq`
        # What to undo if the order ends early, latest last. A step adds its entry before it acts.
        self.compensations: dict[str, Callable[[], Awaitable[None]]] = {}
        self.released: set[str] = set()  # items that ended early, whose reservations are undone
        self.apply_lock = asyncio.Lock()
        # From the moment we start sending, the carrier may have the order; once placed, we know that it has the latest.
        self.sent = False
        self.round = 0  # of the latest order that the carrier got
        self.part = 0  # the PLACE step that it belongs to, counted from 1
        self.replacement: Replacement | None = None  # its order is to be placed again
        self.rounds: dict[int, set[str]] = {}  # the items that the carrier has not completed, by round
        self.earlier_updates: list[EarlierUpdate] = []  # kept while the order is being canceled
        self.earlier_tasks: set[str] = set()  # the things that updates of earlier rounds have opened a task for
        self.sending = False  # PLACE is running, and may have recorded more than the workflow knows
        self.updates_while_sending: list[CarrierUpdate] = []  # about earlier rounds
        self.placed = False
        self.cancellation: Cancellation | None = None
        self.carrier_cancel: asyncio.Task[None] | None = None
        self.carrier_assessing = False
        self.cancel_asks = 0  # how often the carrier is to be asked again, in all
        self.has_given_up = False  # it was canceled because no one answered the carrier, who declined that
        self.held_by: str | None = None  # the number of the order that it waits for
        self.is_cancel_confirmed = False  # a person knows that the carrier has canceled the order
        self.messages_blocked = False
        self.closing = False
        self.handled_ids: set[str] = set()
        self._cause: str | None = None
        self._beside: list[asyncio.Task[None]] = []

    def run_beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the steps. If it raises, the steps don't go on without it; see `run_order`."""
        task = asyncio.create_task(work)
        self._beside.append(task)
        return task

    def raised_beside(self) -> BaseException | None:
        """What something that runs beside the steps has raised. An activity that is canceled with it raises, too."""
        ended = [task for task in self._beside if task.done() and not task.cancelled()]
        errors = [error for task in ended if (error := task.exception()) is not None]
        return next((error for error in errors if not is_cancelled_exception(error)), None)

    def next_event(self, event: Event, status: Status, *, actor: Actor = SYSTEM, **data: Any) -> OrderEvent:
        """A numbered event as of now. `due_at` and `items` go to fields of their own, the rest to `data`."""
        due_at, items = data.pop("due_at", None) or self._due_in(status), data.pop("items", ())
        return OrderEvent(
            seq=self.publisher.next_seq(),
            at=workflow.now(),
            event=event.code,
            status=status,
            actor=actor,
            items=items,
            data=tuple(data.items()),
            due_at=due_at,
            cause=self._cause,
        )

    def _due_in(self, status: Status) -> datetime | None:
        """When the order is due next in this status. What Dialtone does itself, no timer ends."""
        if status.final or status in OWN_STATUSES:
            return None
        self.follow_waits()
        return self.clock.next_at

    def follow_waits(self) -> None:
        """Begin and end what has to do with the time that the order waits; see `workflows.waits`."""

    def ends_of_wait(self, item: Item) -> str | None:
        """When the wait ends that the item is in now."""
        self.follow_waits()
        return next((running.ends_at.isoformat() for running in self.waits.values() if item in running.items), None)

    @contextmanager
    def caused_by(self, message_id: str) -> Iterator[None]:
        """The events that are numbered within follow from this message. Nothing may be awaited within."""
        self._cause = message_id
        try:
            yield
        finally:
            self._cause = None

    def _note_taken(self, taken: int, last: int) -> None:
        """Open the task to compare the order with its history."""
        self.record(NUMBERS_TAKEN, taken=taken, last=last, thing=f"{self.order.id}:{taken}")

    @property
    def open_task(self) -> int | None:
        """The number of the event that opened the task about failed steps, or about an order on hold."""
        return None if self.task is None else self.publisher.number_of(self.task)

    def record(self, event: Event, **data: Any) -> None:
        """Publish an event; see `next_event` for `data`."""
        self.publisher.add(self.next_event(event, self.status, **data))

    def transition(self, status: Status, event: Event, **data: Any) -> None:
        self.set_status(status)
        self.record(event, **data)

    def set_status(self, status: Status) -> None:
        """Change the status only; an activity records the event."""
        self.status = advance(self.status, status)
        workflow.set_current_details(f"**{self.status}** {self.order.number}")

    def recompute_status(self, *, final: bool = False) -> Status:
        """The status that follows from the items; a final one only if the caller may end the order."""
        if not all(failure.is_outdated for failure in self.failures):
            return Status.FAILED
        status = status_from_items([progress.state for progress in self.progress.values()])
        return self.status if status.final and not final else status

    def item_snapshots(self, *items: Item) -> tuple[ItemSnapshot, ...]:
        """The state of these items, or of all, for an event."""
        return tuple(
            ItemSnapshot(item_id=item.id, state=self.progress[item.id].state) for item in items or self.order.items
        )

    def snapshots_with(self, answers: Iterable[tuple[str, Any]], items: Iterable[Item]) -> tuple[ItemSnapshot, ...]:
        """The state of these items once the carrier has accepted what a person answered."""
        accepted = Identifiers.among(dict(answers))
        return tuple(replace(snapshot, identifiers=accepted) for snapshot in self.item_snapshots(*items))

    def begin_round(self) -> None:
        """The carrier is about to get the next order, with the open items."""
        self.part += 1
        if self.part > 1:
            for item in self.open_items():
                self.progress[item.id].fulfilled = False
        self.add_round()

    def add_round(self, items: Collection[Item] | None = None) -> None:
        """The carrier is about to get an order with these items, or the open ones that it has not fulfilled."""
        self.round += 1
        self.placed = False
        self.rounds[self.round] = {item.id for item in (self.unfulfilled_items() if items is None else items)}
        for item_id in self.rounds[self.round]:
            progress = self.progress[item_id]
            progress.round = self.round
            if self.round > 1:
                progress.state, progress.reported_at, progress.before_setback = ItemState.PENDING, None, None

    @property
    def open_rounds(self) -> tuple[int, ...]:
        """The present round, and the earlier ones with which the carrier still has something to do; latest first."""
        latest_first = sorted(self.rounds, reverse=True)
        return tuple(number for number in latest_first if number == self.round or self.rounds[number])

    @property
    def sent_rounds(self) -> tuple[int, ...]:
        """Those of them that the carrier may have; the present one is not sent while the order is held."""
        return tuple(number for number in self.open_rounds if number != self.round or self.sent)

    @property
    def place_step(self) -> Place:
        """The PLACE step that the carrier was sent last."""
        return [step for step in self.order.type.steps if isinstance(step, Place)][self.part - 1]

    def open_items(self) -> list[Item]:
        return [item for item in self.order.items if not self.progress[item.id].state.final]

    def unfulfilled_items(self) -> list[Item]:
        return [item for item in self.open_items() if not self.progress[item.id].fulfilled]

    def begin_stage(self, stage: Stage, round_number: int, deadlines: Deadlines) -> OpenStage:
        """Accept decisions on this stage; the activity that asked for them has recorded it."""
        assert self.ruling is not None
        self.set_status(Status.AWAITING_APPROVAL)
        last = stage.number == self.ruling.plan[-1].number
        self.approval_round = round_number
        self.approval = OpenStage(stage=stage, round=round_number, deadlines=deadlines, last=last)
        return self.approval

    def mark_reached(self, milestone: Milestone) -> None:
        self.milestone = max(self.milestone, milestone, key=lambda reached: reached.rank)

    async def wait_until(self, condition: Callable[[], bool], *, deadline: datetime | None = None) -> bool:
        """Wait for a condition; False if the deadline passes first. Raises OrderEnded if the order is canceled."""
        alarm = None if deadline is None else self.clock.set(Alarm(at=deadline))
        try:
            await workflow.wait_condition(
                lambda: condition() or self.canceled_before_sending or (alarm is not None and alarm.has_rung)
            )
        finally:
            if alarm is not None:
                self.clock.take_off(alarm)
        self.raise_if_canceled()
        return condition()

    @property
    def canceled_before_sending(self) -> bool:
        return self.cancellation is not None and not self.sent

    @property
    def canceled_without_carrier(self) -> bool:
        """Whether the order is canceled and no carrier is being asked about it."""
        return self.cancellation is not None and self.carrier_cancel is None

    def raise_if_canceled(self) -> None:
        """Raise OrderEnded if the order is canceled and the carrier does not have it."""
        if self.canceled_before_sending:
            self.raise_canceled()

    def raise_canceled(self) -> NoReturn:
        assert self.cancellation is not None
        raise self.ended_by(self.cancellation.actor, self.cancellation.reason)

    def ended_by(self, actor: Actor, reason: str) -> OrderEnded:
        """An order is withdrawn before it is approved, and canceled afterwards."""
        if self.milestone is Milestone.SUBMITTED:
            return OrderEnded(Status.WITHDRAWN, WITHDRAWN, actor=actor, reason=reason)
        return OrderEnded(Status.CANCELED, CANCELED, actor=actor, reason=reason)
