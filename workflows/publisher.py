import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.history import HistoryActivities, RecordInput
from models.order import OrderEvent, OrderRef
from workflows.activity_options import RETRY_FOREVER, db_activity
from workflows.results import number_taken

T = TypeVar("T")


class Publisher:
    """Numbers an order's events and writes them to the database in batches, in order.

    An activity that writes to the database anyway takes the pending events along, which saves an activity.
    `note_taken` records that other events had the numbers from the first to the second one.
    """

    def __init__(self, ref: OrderRef, note_taken: Callable[[int, int], None]) -> None:
        self._ref = ref
        self._note_taken = note_taken
        self._pending: list[OrderEvent] = []
        self._writing = asyncio.Lock()
        self._renumbered: dict[int, int] = {}
        self.seq = 1

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def release(self, *events: OrderEvent) -> None:
        """Free the numbers of events that were not written, unless a later event is numbered.

        A workflow that waits has then no later number than the order's row, so that the two can be compared.
        """
        if events[-1].seq == self.seq:
            self.seq = events[0].seq - 1

    def add(self, event: OrderEvent) -> None:
        self._pending.append(event)

    async def write(self, call: Callable[[tuple[OrderEvent, ...]], Awaitable[T]]) -> T:
        """Run an activity that writes the pending events; they are pending again if it fails.

        If other events have their numbers, because Temporal was set back to an earlier state of the order, they are
        written above the last number. `call` is repeated then, and numbers events of its own anew.
        """
        while True:
            events, self._pending = tuple(self._pending), []
            try:
                return await call(events)
            except ActivityError as error:
                self._pending[:0] = events
                taken = number_taken(error)
                if taken is None:
                    raise
                self._renumber(*taken)

    def number_of(self, seq: int) -> int:
        """The number that the event numbered `seq` has now."""
        while seq in self._renumbered:
            seq = self._renumbered[seq]
        return seq

    def numbered(self, event: OrderEvent) -> OrderEvent:
        """The event with the number that it has now."""
        return replace(event, seq=self.number_of(event.seq))

    def _renumber(self, taken: int, last: int) -> None:
        """Move all numbers from `taken` on above the last one. Those below belong to events that are recorded."""
        shift = max(self.seq, last) + 1 - taken
        self._renumbered |= {seq: seq + shift for seq in range(taken, self.seq + 1)}
        self._pending = [self.numbered(event) for event in self._pending]
        self.seq += shift
        self._note_taken(taken, last)

    async def run(self) -> None:
        while True:
            await workflow.wait_condition(lambda: bool(self._pending))
            await workflow.wait_condition(_other_tasks_have_run)
            await self.drain()

    async def drain(self) -> None:
        """Write all pending events; returns when none is left."""
        async with self._writing:
            while self._pending:
                await self.write(self._record)

    def _record(self, events: tuple[OrderEvent, ...]) -> Awaitable[None]:
        # Not a local activity: that one would write before Temporal has kept the decision to write, and after a lost
        # workflow task the order could decide otherwise.
        return workflow.execute_activity_method(
            HistoryActivities.record,
            RecordInput(ref=self._ref, events=events),
            **db_activity(f"record {events[-1].event}", retry_policy=RETRY_FOREVER),
        )


def _other_tasks_have_run() -> bool:
    """Conditions are checked when no task can run, so a step about to call an activity takes the events first."""
    return True
