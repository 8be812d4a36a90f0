import asyncio

from temporalio import workflow

from activities.history import HistoryActivities, RecordInput
from models.order import OrderEvent, OrderRef
from workflows.activity_options import DB_TIMEOUT, RETRY_FOREVER


class Publisher:
    """Numbers an order's events and writes them to the database in batches, in order.

    An activity that writes to the database anyway takes the pending events along, which saves a local activity.
    """

    def __init__(self, ref: OrderRef) -> None:
        self._ref = ref
        self._pending: list[OrderEvent] = []
        self._writing = asyncio.Lock()
        self.seq = 1

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def add(self, event: OrderEvent) -> None:
        self._pending.append(event)

    def take(self) -> tuple[OrderEvent, ...]:
        """Hand the pending events to an activity that writes them."""
        taken, self._pending = tuple(self._pending), []
        return taken

    def put_back(self, events: tuple[OrderEvent, ...]) -> None:
        """The activity failed: publish its events after all. Writing an event twice is harmless."""
        self._pending[:0] = events

    async def run(self) -> None:
        while True:
            await workflow.wait_condition(lambda: bool(self._pending))
            await workflow.wait_condition(_other_tasks_have_run)
            await self.drain()

    async def drain(self) -> None:
        """Write all pending events; returns when none is left."""
        async with self._writing:
            while events := self.take():
                # A local activity adds half the history events of a regular one. It blocks the workflow while the
                # database is unreachable, but then no message can reach the order either.
                await workflow.execute_local_activity_method(
                    HistoryActivities.record,
                    RecordInput(ref=self._ref, events=events),
                    start_to_close_timeout=DB_TIMEOUT,
                    retry_policy=RETRY_FOREVER,
                    summary=f"record {events[-1].event}",
                )


def _other_tasks_have_run() -> bool:
    """Conditions are checked when no task can run, so a step about to call an activity takes the events first."""
    return True
