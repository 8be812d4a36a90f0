"""APPLY: make the inventory what the order promised; the last item's entry ends the order."""

from temporalio import workflow

from activities.inventory import Inventory, InventoryCall
from models.lifecycle import Event, ItemState
from models.order import Entry, Item
from models.order_type import Milestone, Step
from workflows.activity_options import here
from workflows.operator_retry import attempt
from workflows.state import OrderRun


async def apply(run: OrderRun, item: Item) -> None:
    """Apply one item's effect; items are applied one after the other, so that the last one knows it is."""
    progress = run.progress[item.id]

    async def call(earlier: tuple[Entry, ...]) -> None:
        async with run.applying:
            before, progress.state = progress.state, ItemState.DONE
            status = run.refold(final=True)
            event = Event(status.lower()) if status.final else Event.ITEM_DONE
            run.ending = status.final
            entry = run.next_entry(event, status, items=run.marks(item), item_id=item.id)
            request = InventoryCall(
                ref=run.order.ref, at=workflow.now(), item_ids=(item.id,), entries=(*earlier, entry)
            )
            try:
                await workflow.execute_activity_method(Inventory.apply, request, **here("apply to inventory"))
            except BaseException:
                progress.state, run.ending = before, False
                raise
            run.set_status(status if status.final else run.refold())

    await attempt(run, Step.APPLY, call, item=item)
    run.reach(Milestone.ACTIVATED)
