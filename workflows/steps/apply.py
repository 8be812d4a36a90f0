"""APPLY: change the inventory as ordered."""

from datetime import date, datetime
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.carrier_status import AskAgainInput, CarrierStatusActivities
from activities.inventory import CompletionInput, InventoryActivities
from models.events.disconnection import SERVICE_ENDS_LATER
from models.events.ending import ENDS, ITEM_DONE
from models.order import Item, OrderEvent
from models.order_type import Milestone
from models.step import Apply
from workflows.activity_options import FEW_TRIES, carrier_activity, db_activity
from workflows.new_numbers import have_accepted
from workflows.operator_retry import run_step
from workflows.order_clock import Alarm
from workflows.results import identifier_problem
from workflows.state import OrderState
from workflows.steps.fulfill import wait_for_item


async def apply(state: OrderState, item: Item, _: Apply) -> None:
    """A line that ends later keeps its status until its last day of service begins."""
    await _wait_for_last_day(state, item)
    await run_step(state, Apply.kind, partial(_call, state, item), item=item, recover=partial(_recover, state, item))
    state.mark_reached(Milestone.APPLIED)


async def _wait_for_last_day(state: OrderState, item: Item) -> None:
    """Wait until that day begins in the tenant's time zone; meanwhile the carrier can name another one."""
    progress = state.progress[item.id]
    while progress.final_on is not None:
        assert state.wait_times is not None, "the order has been ruled on"
        begins_at = state.wait_times.begins_at(progress.final_on)
        if begins_at <= workflow.now():
            return
        await _wait_for_day(state, item, progress.final_on, begins_at)


async def _wait_for_day(state: OrderState, item: Item, day: date, begins_at: datetime) -> None:
    """Until it begins, or until the carrier names another one."""
    progress, alarm = state.progress[item.id], state.clock.set(Alarm(at=begins_at))
    state.record(SERVICE_ENDS_LATER, item_id=item.id, last_day=day.isoformat())
    try:
        await wait_for_item(state, item, lambda: alarm.has_rung or progress.final_on != day)
    finally:
        state.clock.take_off(alarm)


async def _recover(state: OrderState, item: Item, error: ActivityError) -> bool:
    problem = identifier_problem(error)
    if problem is not None and problem.is_to_accept:
        return await have_accepted(state, item)
    return await _ask_carrier(state, item, error)


async def _ask_carrier(state: OrderState, item: Item, error: ActivityError) -> bool:
    """Ask the carrier once for the identifiers that it has not reported; False if they are not what is missing."""
    progress, problem = state.progress[item.id], identifier_problem(error)
    if problem is None or not problem.is_missing or progress.asked_again or state.order.carrier is None:
        return False
    progress.asked_again = True
    try:
        await workflow.execute_activity_method(
            CarrierStatusActivities.ask_again,
            AskAgainInput(ref=state.order.ref),
            **carrier_activity(state.order.carrier, "ask the carrier again", retry_policy=FEW_TRIES),
        )
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            raise
        return False
    return True


async def _call(state: OrderState, item: Item, earlier: tuple[OrderEvent, ...]) -> None:
    """Apply one item at a time, so that the last one knows that its event ends the order."""
    progress = state.progress[item.id]
    async with state.apply_lock:
        before, progress.state = progress.state, progress.end
        status = state.recompute_status(final=True)
        state.closing = status.final
        event = state.next_event(
            ENDS[status] if status.final else ITEM_DONE,
            status,
            items=state.item_snapshots(item),
            item_id=item.id,
        )
        request = CompletionInput(
            ref=state.order.ref,
            at=workflow.now(),
            item_id=item.id,
            events=(*earlier, event),
            settled=progress.settled,
            is_confirmed=progress.is_confirmed,
        )
        try:
            await workflow.execute_activity_method(
                InventoryActivities.apply, request, **db_activity("apply to inventory")
            )
        except BaseException:
            progress.state, state.closing = before, False
            raise
        state.set_status(status if status.final else state.recompute_status())
