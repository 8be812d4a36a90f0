"""RESERVE: create pending lines, devices and SIMs in the inventory, and release them again."""

from collections.abc import Sequence
from functools import partial

from temporalio import workflow

from activities.inventory import InventoryActivities, InventoryInput
from models.events.preparation import RESERVED
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.step import Reserve
from workflows.activity_options import db_activity
from workflows.changes import settle_changes
from workflows.operator_retry import run_step
from workflows.state import OrderState


async def reserve(state: OrderState, _: Reserve) -> None:
    """Reserve for all items in one transaction. What has changed about their lines is settled before."""
    items = state.order.items
    if any(item.line_id for item in items):
        await settle_changes(state)

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        for item in items:
            state.progress[item.id].state = ItemState.RESERVED
        event = state.next_event(RESERVED, state.status, items=state.item_snapshots())
        await workflow.execute_activity_method(
            InventoryActivities.reserve, _input(state, items, (*earlier, event)), **db_activity("reserve")
        )

    state.compensations[Reserve.kind] = partial(_undo_all, state)
    await run_step(state, Reserve.kind, call)
    state.raise_if_canceled()


async def _undo_all(state: OrderState) -> None:
    """Release the reservations of all items that are not done."""
    await undo(state, [item for item in state.order.items if not state.progress[item.id].state.is_done])


async def undo(state: OrderState, items: Sequence[Item]) -> None:
    """Release what was reserved for these items; idempotent."""
    await run_step(
        state,
        f"UNDO_{Reserve.kind}",
        lambda earlier: workflow.execute_activity_method(
            InventoryActivities.undo, _input(state, items, earlier), **db_activity("undo reserve")
        ),
        complete_manually=lambda: None,
        compensating=True,
    )


def _input(state: OrderState, items: Sequence[Item], events: tuple[OrderEvent, ...]) -> InventoryInput:
    ids = tuple(item.id for item in items)
    return InventoryInput(ref=state.order.ref, at=workflow.now(), item_ids=ids, events=events)
