"""RESERVE: create what is pending in the inventory, and how to take it back."""

from collections.abc import Iterable
from functools import partial

from temporalio import workflow

from activities.inventory import InventoryActivities, InventoryCall
from models.lifecycle import Event, ItemState
from models.order import Item, OrderEvent
from models.order_type import Step
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderState


async def reserve(run: OrderState) -> None:
    """Reserve for all items in one transaction."""
    items = run.order.items

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        for item in items:
            run.progress[item.id].state = ItemState.RESERVED
        entry = run.next_entry(Event.RESERVED, run.status, items=run.marks())
        await workflow.execute_activity_method(
            InventoryActivities.reserve, _call(run, items, (*earlier, entry)), **db_activity("reserve")
        )

    run.undo.push(Step.RESERVE, partial(undo_rest, run))
    await run_step(run, Step.RESERVE, call)
    run.raise_if_canceled()


async def undo_rest(run: OrderState) -> None:
    """Take back the reservations of all items but those that are done."""
    await undo(run, [item for item in run.order.items if run.progress[item.id].state is not ItemState.DONE])


async def undo(run: OrderState, items: Iterable[Item]) -> None:
    """Take back what was reserved for these items; doing so twice is harmless."""

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        await workflow.execute_activity_method(
            InventoryActivities.undo, _call(run, items, earlier), **db_activity("undo reserve")
        )

    await run_step(run, f"{Step.RESERVE}, undone", call, by_hand=lambda: None, undoes=True)


def _call(run: OrderState, items: Iterable[Item], entries: tuple[OrderEvent, ...]) -> InventoryCall:
    ids = tuple(item.id for item in items)
    return InventoryCall(ref=run.order.ref, at=workflow.now(), item_ids=ids, entries=entries)
