"""APPLY: make the inventory what the order promised; the last item's entry ends the order."""

from temporalio import workflow

from activities.inventory import InventoryActivities, InventoryCall
from models.lifecycle import Event, ItemState
from models.order import Item, OrderEvent
from models.order_type import Milestone, Step
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderState


async def apply(run: OrderState, item: Item) -> None:
    """Apply one item's effect; items are applied one after the other, so that the last one knows it is."""
    progress = run.progress[item.id]

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
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
                await workflow.execute_activity_method(
                    InventoryActivities.apply, request, **db_activity("apply to inventory")
                )
            except BaseException:
                progress.state, run.ending = before, False
                raise
            run.set_status(status if status.final else run.refold())

    await run_step(run, Step.APPLY, call, item=item)
    run.reach(Milestone.ACTIVATED)
