"""The one lifecycle: an order workflow interprets the steps of the type its order carries."""

import asyncio
from typing import ClassVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from models.lifecycle import Event, ItemState, Status, fold
from models.order import SYSTEM, Item, Order, Outcome
from models.order_type import OrderType, Step
from workflows.compensation import uncancellable
from workflows.message_handlers import MessageHandlers
from workflows.progress import ItemEnded, OrderEnded
from workflows.steps.registry import ITEM_STEPS, ORDER_STEPS
from workflows.steps.reserve import undo


class OrderWorkflow(MessageHandlers):
    """Every order. A subclass names its type; its `run` is `return await self.fulfill(order)`.

    Updates and signals of the same names: approve, reject, request_info, provide_info, cancel. Updates only:
    reassign, reschedule, activate, retry, complete_manually. Signals only: carrier_update, line_released.
    """

    order_type: ClassVar[OrderType]

    async def run(self, order: Order) -> Outcome:
        """Defined by each order type, for Temporal wants it on the class itself."""
        raise NotImplementedError

    async def fulfill(self, order: Order) -> Outcome:
        """Carry the order to its end, whichever it is, and leave nothing half done."""
        publishing = asyncio.create_task(self.publisher.run())
        try:
            await self._walk(order)
            self._close()
        except OrderEnded as end:
            await uncancellable(self._unwind(end))
        except (asyncio.CancelledError, ActivityError) as error:
            if is_cancelled_exception(error):
                await uncancellable(self._unwind(self.stop(SYSTEM, "Stopped by operations.")))
            raise
        finally:
            if self.status.final:
                await uncancellable(self.publisher.drain())
                publishing.cancel()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Outcome(status=self.status, items=self.marks())

    async def _walk(self, order: Order) -> None:
        for step in order.type.steps:
            if step in ORDER_STEPS:
                await ORDER_STEPS[step](self)
        journeys = [asyncio.create_task(self._journey(item)) for item in order.items]
        try:
            await asyncio.gather(*journeys)
        finally:
            for journey in journeys:
                journey.cancel()
            await asyncio.gather(*journeys, return_exceptions=True)

    async def _journey(self, item: Item) -> None:
        """One item's way through the steps that each item takes at its own pace."""
        try:
            for step in self.order.type.steps:
                if step in ITEM_STEPS:
                    await ITEM_STEPS[step](self, item)
        except ItemEnded:
            await self._give_up(item)

    async def _give_up(self, item: Item) -> None:
        """Take back what was reserved for an item that will not come."""
        if Step.RESERVE in self.order.type.steps:
            await undo(self, [item])

    async def _unwind(self, end: OrderEnded) -> None:
        self.ending = True
        await self.undo.unwind()
        refused = end.status is Status.VENDOR_REJECTED
        for item in self.running():
            self.progress[item.id].state = ItemState.REFUSED if refused else ItemState.CANCELED
        if end.event is None:
            self.status = end.status
        else:
            self.move(end.status, end.event, actor=end.actor, items=self.marks(), **end.data)

    def _close(self) -> None:
        """All items have ended; say how the order did, unless the last item's inventory entry said so already."""
        status = fold([progress.state for progress in self.progress.values()])
        if status is self.status:
            return
        if status is Status.CANCELED and self.cancellation is not None:
            self.move(status, Event.CANCELED, actor=self.cancellation.actor, reason=self.cancellation.reason)
        else:
            self.move(status, Event(status.lower()), **self.last_refusal)
