"""Writes down, batch by batch and in order, what happens to an order and no activity has caused."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.history import Batch, HistoryActivities
from models.order import OrderEvent, OrderRef

# History is never given up on: a database that is away comes back.
RETRY_FOREVER = RetryPolicy(maximum_interval=timedelta(seconds=30))


class Publisher:
    """One per order. Entries wait here until the publisher, or an activity that writes anyway, takes them."""

    def __init__(self, ref: OrderRef) -> None:
        self._ref = ref
        self._pending: list[OrderEvent] = []
        self._writing = asyncio.Lock()
        self.seq = 1

    def next_seq(self) -> int:
        """The number of the next entry."""
        self.seq += 1
        return self.seq

    def post(self, entry: OrderEvent) -> None:
        """Have an entry written soon."""
        self._pending.append(entry)

    def take(self) -> tuple[OrderEvent, ...]:
        """Hand the waiting entries to an activity that will write them with its own."""
        taken, self._pending = tuple(self._pending), []
        return taken

    def give_back(self, entries: tuple[OrderEvent, ...]) -> None:
        """The activity failed: have these written after all (writing twice is harmless)."""
        self._pending[:0] = entries

    async def run(self) -> None:
        """Write batch after batch for as long as the order runs."""
        while True:
            await workflow.wait_condition(lambda: bool(self._pending))
            await workflow.wait_condition(_everybody_else_has_run)
            await self.drain()

    async def drain(self) -> None:
        """Write all that waits; returns when nothing is left."""
        async with self._writing:
            while batch := self.take():
                # Local: half the history events. It holds the workflow up only while the database is away, and then
                # nobody can say anything to the order either.
                await workflow.execute_local_activity_method(
                    HistoryActivities.record,
                    Batch(ref=self._ref, entries=batch),
                    start_to_close_timeout=timedelta(seconds=10),
                    retry_policy=RETRY_FOREVER,
                    summary=f"record {batch[-1].event}",
                )


def _everybody_else_has_run() -> bool:
    """Conditions are looked at when nothing else can run: a step about to call an activity takes the entries first."""
    return True
