"""The lifecycle of every order: the steps of its type, or their compensations."""

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from models.events.ending import CANCELED, ENDS
from models.lifecycle import ItemState, Status, status_from_items
from models.order import SYSTEM, Item, Order, Outcome
from models.order_type import OrderType
from models.step import OrderStep, Reserve, item_steps
from workflows import numbers_at_risk, waits
from workflows.carrier_cancel import end_returned
from workflows.message_handlers import MessageHandlers
from workflows.state import ItemEnded, OrderEnded
from workflows.steps.functions import run_item_step, run_order_step
from workflows.steps.reserve import undo


class OrderWorkflow(MessageHandlers):
    """Base of every order type. Temporal requires each to have its own `run`: `return await self.run_order(order)`."""

    order_type: ClassVar[OrderType]

    async def run_order(self, order: Order) -> Outcome:
        """Run the order to its end. If it ends early, undo what it did.

        An error of what runs beside the steps, such as the publisher, fails the workflow's task: the order stands
        still, as an operator is shown, and continues with code in which the error is fixed.
        """
        publishing = self.run_beside(self.publisher.run())
        self.run_beside(self.clock.run())
        try:
            await self._run_supervised(self.run_order_steps(order))
            self.finish()
        except OrderEnded as end:
            await _uncancellable(self.compensate(end))
        except (asyncio.CancelledError, ActivityError) as error:
            if is_cancelled_exception(error):
                await _uncancellable(self.compensate(self.ended_by(SYSTEM, "Stopped by operations.")))
            raise
        finally:
            if self.status.final:
                await _uncancellable(self.publisher.drain())
                publishing.cancel()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Outcome(status=self.status, items=self.item_snapshots())

    def follow_waits(self) -> None:
        waits.follow(self)

    async def _run_supervised(self, work: Coroutine[Any, Any, None]) -> None:
        steps = asyncio.create_task(work)
        try:
            await workflow.wait_condition(lambda: steps.done() or self.raised_beside() is not None)
        except asyncio.CancelledError:
            steps.cancel()
        error = self.raised_beside()
        if error is not None and not steps.done():
            # Temporal would end the workflow for an activity's error.
            raise RuntimeError("What runs beside the steps has failed.") from error
        await steps

    async def run_order_steps(self, order: Order) -> None:
        """Run the steps of the order in sequence, and after each of them those of the items that follow it.

        Once every item has ended early, nothing is left for the later steps to do.
        """
        for position, step in enumerate(step for step in order.type.steps if isinstance(step, OrderStep)):
            await run_order_step(self, step)
            if any(item_steps(order.steps_of(item))[position] for item in order.items):
                await self.run_item_steps(position)
            if self.released.issuperset(item.id for item in order.items):
                return

    async def run_item_steps(self, position: int) -> None:
        """Run what follows an order step for each item that is not released, side by side."""
        tasks = [
            asyncio.create_task(self.run_steps_of(item, position))
            for item in self.order.items
            if item.id not in self.released
        ]
        try:
            await asyncio.gather(*tasks)
        except (Exception, asyncio.CancelledError):
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def run_steps_of(self, item: Item, position: int) -> None:
        """Release the item if it ends early. The carrier can decline it even before we know that it has the order."""
        try:
            for step in item_steps(self.order.steps_of(item))[position]:
                await run_item_step(self, item, step)
        except ItemEnded:
            self.released.add(item.id)
            if self.progress[item.id].state is ItemState.RETURNED and self.sent:
                await end_returned(self, item)
            if self.order.type.has(Reserve):
                await undo(self, [item])

    async def compensate(self, end: OrderEnded) -> None:
        """Undo what was done, latest first, and end the order."""
        self.closing = True
        while self.compensations:
            _, undo_step = self.compensations.popitem()
            await undo_step()
        numbers_at_risk.report_addresses(self)
        declined = end.status is Status.VENDOR_REJECTED
        for item in self.open_items():
            self.progress[item.id].state = ItemState.DECLINED if declined else ItemState.CANCELED
        if end.event is not None:
            self.transition(end.status, end.event, items=self.item_snapshots(), **end.data)

    def finish(self) -> None:
        """Record how the order ended, unless the event of the last applied item did."""
        status = status_from_items([progress.state for progress in self.progress.values()])
        if status is self.status:
            return
        numbers_at_risk.report_addresses(self)
        if status is Status.CANCELED and self.cancellation is not None:
            self.transition(status, CANCELED, actor=self.cancellation.actor, reason=self.cancellation.reason)
        else:
            self.transition(status, ENDS[status], **(self.last_decline or self._returned()))

    def _returned(self) -> dict[str, Any]:
        """Why an order ends with nothing that was ordered, if nobody has canceled or declined it."""
        is_returned = any(progress.state is ItemState.RETURNED for progress in self.progress.values())
        return {"reason": "What was delivered has been returned."} if is_returned else {}


async def _uncancellable(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` even if the workflow is canceled meanwhile.

    `asyncio.shield` alone does not do this: the caller still leaves as soon as the cancellation arrives.
    """
    task = asyncio.create_task(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    task.result()
