"""RESERVE: create what is pending in the inventory, and how to take it back."""

from collections.abc import Iterable
from functools import partial

from temporalio import workflow

from activities.inventory import Inventory, InventoryCall
from models.lifecycle import Event, ItemState
from models.order import Entry, Item
from models.order_type import Step
from workflows.activity_options import here
from workflows.operator_retry import attempt
from workflows.state import OrderRun


async def reserve(run: OrderRun) -> None:
    """Reserve for all items in one transaction."""
    items = run.order.items

    async def call(earlier: tuple[Entry, ...]) -> None:
        for item in items:
            run.progress[item.id].state = ItemState.RESERVED
        entry = run.next_entry(Event.RESERVED, run.status, items=run.marks())
        await workflow.execute_activity_method(
            Inventory.reserve, _call(run, items, (*earlier, entry)), **here("reserve")
        )

    run.undo.push(Step.RESERVE, partial(undo_rest, run))
    await attempt(run, Step.RESERVE, call)
    run.heed_cancellation()


async def undo_rest(run: OrderRun) -> None:
    """Take back the reservations of all items but those that are done."""
    await undo(run, [item for item in run.order.items if run.progress[item.id].state is not ItemState.DONE])


async def undo(run: OrderRun, items: Iterable[Item]) -> None:
    """Take back what was reserved for these items; doing so twice is harmless."""

    async def call(earlier: tuple[Entry, ...]) -> None:
        await workflow.execute_activity_method(Inventory.undo, _call(run, items, earlier), **here("undo reserve"))

    await attempt(run, f"{Step.RESERVE}, undone", call, by_hand=lambda: None, undoes=True)


def _call(run: OrderRun, items: Iterable[Item], entries: tuple[Entry, ...]) -> InventoryCall:
    ids = tuple(item.id for item in items)
    return InventoryCall(ref=run.order.ref, at=workflow.now(), item_ids=ids, entries=entries)
