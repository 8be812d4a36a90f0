"""A change of one order: what is written in one change is stored and told together."""

import time
from collections.abc import Mapping
from typing import Any

from demo.simulator import events, items
from demo.simulator.clock import now
from demo.simulator.items import Document
from demo.simulator.numbers import Numbers
from demo.simulator.records import Record
from demo.simulator.settings import Pace, SimulatorSettings
from demo.simulator.states import FINAL, ITEM_MOVES, ORDER_MOVES, Phase, State, check_move, outcome


class Change:
    """Writes to one record and notes what its listeners are to be told."""

    def __init__(self, record: Record, *, settings: SimulatorSettings, pace: Pace, numbers: Numbers) -> None:
        self.record = record
        self.settings = settings
        self.numbers = numbers
        self.phase = record.phase
        self._pace = pace
        self._moved = False
        self._moved_items: list[str] = []
        self._written: list[str] = []
        self._required: str | None = None
        self._tasks: list[Document] = []

    def move(self, state: State) -> None:
        """Move the order; only `completed` has a completion date, only running orders expect one."""
        check_move(ORDER_MOVES, self.record.state, state)
        self.record.order["state"] = state
        self._moved = True
        if state is State.COMPLETED:
            self.record.order["completionDate"] = now()
        if state in FINAL:
            self.record.order.pop("expectedCompletionDate", None)
            self.end()

    def move_item(self, item: Document, state: State) -> None:
        """Move one item."""
        check_move(ITEM_MOVES, State(item["state"]), state)
        item["state"] = state
        self._moved_items.append(item["id"])

    def write(self, item: Document, values: Mapping[str, Any]) -> None:
        """Set characteristics of the item."""
        if items.write(item, values) and item["id"] not in self._written:
            self._written.append(item["id"])

    def note(self, code: str, reason: str) -> None:
        """Tell people and programs why: a note of the carrier, `CODE: reason`."""
        entry = {"author": self.settings.name, "date": now(), "text": f"{code}: {reason}"}
        self.record.order.setdefault("note", []).append(entry)

    def fail(self, item: Document, state: State, code: str, reason: str) -> None:
        """End the item as failed or rejected, saying why in its characteristics."""
        self.write(item, {"failureCode": code, "failureReason": reason})
        self.move_item(item, state)

    def require(self, field_path: str) -> None:
        """Ask the client for what the path names; it lies in the first item."""
        self._required = field_path

    def finish(self, task: Document) -> None:
        """Tell that a cancellation task has changed."""
        self._tasks.append(task)

    def settle(self) -> bool:
        """Give the order its final state once all of its items have one; tell whether it has."""
        if self.record.running:
            return False
        self.move(outcome(State(item["state"]) for item in self.record.order["productOrderItem"]))
        return True

    def then(self, phase: Phase, *, after: float | None = None) -> None:
        """Let the phase come `after` seconds, or at the carrier's pace."""
        seconds = self._pace.of(phase) if after is None else after
        self.record.phase = phase
        self.record.due = time.time() + seconds + self.record.behavior.slow

    def hurry(self) -> None:
        """Let the phase under way come no later than the pace has it; the end of a hold has its own time."""
        record = self.record
        if record.phase and record.due is not None and record.phase is not Phase.RELEASE:
            record.due = min(record.due, time.time() + self._pace.of(record.phase) + record.behavior.slow)

    def rest(self, phase: Phase) -> None:
        """Wait for the client before the phase."""
        self.record.phase, self.record.due = phase, None

    def end(self) -> None:
        """Do nothing more with the order."""
        self.record.phase = self.record.due = None

    def expected(self) -> str:
        """Guess when an order that moves on now will be complete."""
        ahead = (Phase.ASSIGN, Phase.SHIP, Phase.DELIVER, Phase.ACTIVATE)
        return now(later=sum(self._pace.of(phase) + self.record.behavior.slow for phase in ahead))

    def events(self) -> list[Document]:
        """Give the events of this change: of attributes and of what is lacking, before those of states."""
        told = [self._attribute_event(index) for index in self._positions()]
        if self._required:
            first = self.record.order["productOrderItem"][0]["id"]
            told.append(self._event(events.INFORMATION_REQUIRED, item=first, fieldPath=self._required))
        return told + self._state_events() + [self._task_event(task) for task in self._tasks]

    def _state_events(self) -> list[Document]:
        """Tell that the order moved, or, where it did not, which of its items did."""
        if self._moved:
            return [self._event(events.STATE_CHANGE)]
        return [self._event(events.STATE_CHANGE, item=item) for item in self._moved_items]

    def _positions(self) -> list[int]:
        every = self.record.order["productOrderItem"]
        return [index for index, item in enumerate(every) if item["id"] in self._written]

    def _attribute_event(self, index: int) -> Document:
        item = self.record.order["productOrderItem"][index]["id"]
        path = f"productOrderItem[{index}].product.productCharacteristic"
        return self._event(events.ATTRIBUTE_CHANGE, item=item, fieldPath=path)

    def _task_event(self, task: Document) -> Document:
        return self._event(events.CANCEL_STATE_CHANGE, event={"cancelProductOrder": dict(task)})

    def _event(self, kind: str, **more: Any) -> Document:
        return events.envelope(kind, self.record.order, domain=self.settings.name, **more)
