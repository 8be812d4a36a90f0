"""RECEIVE: wait until the telecom desk has a device, or knows where a parcel is."""

from functools import partial

from temporalio import workflow

from activities.device_returns import ReturnActivities, ReturnEventInput
from models.events.returns import RETURN_EXPECTED, TRACE_NEEDED
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.returns import TRACED, ReturnState
from models.step import Receive
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.return_waits import send_by
from workflows.state import OrderState
from workflows.steps.fulfill import wait_for_item


async def receive(state: OrderState, item: Item, step: Receive) -> None:
    """Have the desk asked, and wait for what it answers. Raises OrderEnded if the order is canceled first."""
    progress = state.progress[item.id]
    if progress.return_state in TRACED:
        return
    progress.state, progress.fulfilled = ItemState.IN_FULFILLMENT, False
    progress.at_desk, progress.return_state = True, None if step.traced else ReturnState.TO_STOCK
    await run_step(state, Receive.kind, partial(ask_desk, state, item, step), item=item)
    await wait_for_item(state, item, lambda: progress.fulfilled or state.canceled_before_sending)
    state.raise_if_canceled()


async def ask_desk(state: OrderState, item: Item, step: Receive, earlier: tuple[OrderEvent, ...]) -> None:
    """The activity knows the device that the task is about. A task about a parcel has a due date of its own."""
    status = state.recompute_status()
    due_at = None if step.traced else send_by(state, item)
    event = state.next_event(
        TRACE_NEEDED if step.traced else RETURN_EXPECTED,
        status,
        items=state.item_snapshots(item),
        item_id=item.id,
        item=item.number,
        thing=f"{state.order.id}:{item.id}",
        next="trace" if step.traced else "bring",
        due_at=due_at,
        ends_at=due_at.isoformat() if due_at else None,
    )
    await workflow.execute_activity_method(
        ReturnActivities.expect,
        ReturnEventInput(ref=state.order.ref, item_id=item.id, event=event, earlier_events=earlier),
        **db_activity("expect a device"),
    )
    state.follow_waits()
    state.progress[item.id].desk_task = event.seq
    state.set_status(status)
