"""RECEIVE: wait until the telecom desk has a device, or knows where a parcel is."""

from functools import partial

from temporalio import workflow

from activities.device_returns import ReturnActivities, ReturnEventInput
from models.events.returns import DEVICE_RECEIVED, PARCEL_TRACED, RETURN_EXPECTED, TRACE_NEEDED
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.order_messages import OperatorAction
from models.returns import DUE, ReturnState
from models.step import Receive
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderState
from workflows.steps.fulfill import wait_for_item

_TRACED = frozenset({ReturnState.FOUND, ReturnState.LOST})


async def receive(state: OrderState, item: Item, step: Receive) -> None:
    """Have the desk asked, and keep what it answers. Raises OrderEnded if the order is canceled first."""
    progress = state.progress[item.id]
    if progress.return_state in _TRACED:
        return
    progress.state, progress.fulfilled = ItemState.IN_FULFILLMENT, False
    progress.at_desk, progress.return_state = True, None if step.traced else ReturnState.TO_STOCK
    await run_step(state, Receive.kind, partial(_ask, state, item, step), item=item)
    await wait_for_item(state, item, lambda: progress.received is not None or state.canceled_before_sending)
    state.raise_if_canceled()
    assert progress.received is not None
    _keep(state, item, step, progress.received)
    progress.fulfilled = True


async def _ask(state: OrderState, item: Item, step: Receive, earlier: tuple[OrderEvent, ...]) -> None:
    """The activity knows the device that the task is about."""
    status = state.recompute_status()
    event = state.next_event(
        TRACE_NEEDED if step.traced else RETURN_EXPECTED,
        status,
        items=state.item_snapshots(item),
        item_id=item.id,
        item=item.number,
        thing=f"{state.order.id}:{item.id}",
        next="trace" if step.traced else "bring",
        due_at=workflow.now() + DUE,
    )
    await workflow.execute_activity_method(
        ReturnActivities.expect,
        ReturnEventInput(ref=state.order.ref, item_id=item.id, event=event, earlier_events=earlier),
        **db_activity("expect a device"),
    )
    state.follow_waits()
    state.progress[item.id].desk_task = event.seq
    state.set_status(status)


def _keep(state: OrderState, item: Item, step: Receive, message: OperatorAction) -> None:
    """The choice says in which condition the device is, or what has become of the parcel: the event keeps it."""
    found = {"outcome" if step.traced else "condition": message.choice}
    chosen = {"task": message.task, "choice": message.choice, "evidence": message.evidence}
    event = PARCEL_TRACED if step.traced else DEVICE_RECEIVED
    state.record(event, actor=message.actor, item_id=item.id, **found, **chosen)
