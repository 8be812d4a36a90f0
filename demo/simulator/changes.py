"""One change of an order: everything it writes is stored together, and so are its events."""

import time
from collections.abc import Mapping
from typing import Any

from demo.simulator import events, items
from demo.simulator.clock import now
from demo.simulator.items import Document
from demo.simulator.numbers import NumberGenerator
from demo.simulator.settings import Pace, SimulatorSettings
from demo.simulator.sold_products import SoldProducts
from demo.simulator.states import FINAL, ITEM_MOVES, ORDER_MOVES, Phase, State, check_move, outcome
from demo.simulator.stored_order import StoredOrder


class Change:
    """Writes to one order and remembers what its listeners are notified of."""

    def __init__(
        self,
        stored: StoredOrder,
        *,
        settings: SimulatorSettings,
        pace: Pace,
        numbers: NumberGenerator,
        products: SoldProducts,
    ) -> None:
        self.stored = stored
        self.settings = settings
        self.numbers = numbers
        self.products = products
        self.phase = stored.phase
        self.finished_tasks: list[Document] = []
        self._pace = pace
        self._moved = False
        self._moved_items: list[str] = []
        self._written: set[str] = set()
        self._required: str | None = None

    def move(self, state: State) -> None:
        """Move the order. Only `completed` has a completion date, and only running orders an expected one."""
        check_move(ORDER_MOVES, self.stored.state, state)
        self.stored.order["state"] = state
        self._moved = True
        if state is State.COMPLETED:
            self.stored.order["completionDate"] = now()
        if state in FINAL:
            self.stored.order.pop("expectedCompletionDate", None)
            self.stored.phase = self.stored.due = None

    def move_item(self, item: Document, state: State) -> None:
        check_move(ITEM_MOVES, State(item["state"]), state)
        item["state"] = state
        self._moved_items.append(item["id"])

    def write(self, item: Document, values: Mapping[str, Any]) -> None:
        """Set characteristics of an item."""
        if items.write(item, values):
            self._written.add(item["id"])

    def replace_items(self, replacing: list[Document]) -> None:
        """Put these in place of the order's items; those that are not among them are gone."""
        before = {item["id"]: items.characteristics(item) for item in self.stored.order["productOrderItem"]}
        self._written |= {item["id"] for item in replacing if items.characteristics(item) != before[item["id"]]}
        self.stored.order["productOrderItem"] = replacing

    def note(self, code: str, reason: str) -> None:
        """Add a note of the carrier to the order."""
        entry = {"author": self.settings.personality.name, "date": now(), "text": f"{code}: {reason}"}
        self.stored.order.setdefault("note", []).append(entry)

    def fail(self, item: Document, state: State, code: str, reason: str) -> None:
        """End an item as failed or rejected, with the reason in its characteristics."""
        self.write(item, {"failureCode": code, "failureReason": reason})
        self.move_item(item, state)

    def require(self, field_path: str) -> None:
        """Ask the client for a value of the first item."""
        self._required = field_path

    def settle(self) -> bool:
        """End the order if all of its items have ended; whether it did."""
        if self.stored.running:
            return False
        self.move(outcome(State(item["state"]) for item in self.stored.order["productOrderItem"]))
        return True

    def ready(self) -> list[Document]:
        """The running items that can be activated."""
        return [
            item
            for item in self.stored.running
            if self.settings.auto_activate or items.characteristics(item).get("activationRequested") is True
        ]

    def proceed(self, phase: Phase) -> None:
        """Schedule the phase, or wait for the client if it has to act first."""
        stored = self.stored
        needs_info = phase is Phase.BEGIN and stored.state is State.PENDING and not stored.informed
        if needs_info or (phase is Phase.ACTIVATE and not self.ready()):
            self.wait(phase)
        else:
            self.then(phase)

    def then(self, phase: Phase, *, after: float | None = None) -> None:
        """Schedule the phase in `after` seconds, by default at the carrier's pace."""
        seconds = self._pace.of(phase) if after is None else after
        self.stored.phase = phase
        self.stored.due = time.time() + seconds + self.stored.behavior.slow

    def wait(self, phase: Phase) -> None:
        """Wait for the client before the phase."""
        self.stored.phase, self.stored.due = phase, None

    def hurry(self) -> None:
        """Shorten the current wait to the pace; the end of a hold keeps its time."""
        stored = self.stored
        if stored.phase and stored.due is not None and stored.phase is not Phase.RELEASE:
            stored.due = min(stored.due, time.time() + self._pace.of(stored.phase) + stored.behavior.slow)

    def expected_completion(self) -> str:
        """When an order that starts now will be complete."""
        ahead = (Phase.ASSIGN, Phase.SHIP, Phase.DELIVER, Phase.ACTIVATE)
        return now(later=sum(self._pace.of(phase) + self.stored.behavior.slow for phase in ahead))

    def events(self) -> list[Document]:
        """Events of attributes and of missing information come before those of states."""
        order_items = self.stored.order["productOrderItem"]
        found = [
            self._event(
                events.ATTRIBUTE_CHANGE,
                item=item["id"],
                fieldPath=f"productOrderItem[{index}].product.productCharacteristic",
            )
            for index, item in enumerate(order_items)
            if item["id"] in self._written
        ]
        if self._required:
            found.append(self._event(events.INFORMATION_REQUIRED, item=order_items[0]["id"], fieldPath=self._required))
        return [
            *found,
            *self._state_events(),
            *(
                self._event(events.CANCEL_STATE_CHANGE, event={"cancelProductOrder": dict(task)})
                for task in self.finished_tasks
            ),
        ]

    def _state_events(self) -> list[Document]:
        """One event if the order moved, else one for each item that did."""
        if self._moved:
            return [self._event(events.STATE_CHANGE)]
        return [self._event(events.STATE_CHANGE, item=item) for item in self._moved_items]

    def _event(self, kind: str, **more: Any) -> Document:
        return events.envelope(kind, self.stored.order, domain=self.settings.personality.name, **more)
