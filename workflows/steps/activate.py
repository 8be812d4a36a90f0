"""ACTIVATE: the user confirms the device and the carrier starts service, or the carrier does so on its own."""

from datetime import timedelta
from functools import partial
from itertools import pairwise

from temporalio import workflow

from activities.carrier import ActivateInput, CarrierActivities
from models.errors import CarrierDeclined
from models.events.fulfillment import ACTIVATION_NEEDED, ACTIVATION_OVERDUE, ACTIVATION_SENT
from models.order import Item, OrderEvent
from models.order_messages import Activation
from models.order_type import Milestone
from models.step import Activate
from workflows.activity_options import carrier_activity
from workflows.operator_retry import run_step
from workflows.state import ItemProgress, OrderState
from workflows.steps.fulfill import wait_for_item

# Until a task is opened, if the policy has no reminders.
LONGEST_WAIT = timedelta(days=14)


async def activate(state: OrderState, item: Item, _: Activate) -> None:
    """Wait until the carrier has started service; pass activations on and send reminders meanwhile."""
    progress = state.progress[item.id]
    reminders = state.run_beside(_send_reminders(state, item))
    try:
        while not progress.fulfilled:
            await wait_for_item(state, item, lambda: progress.fulfilled or progress.activation is not None)
            if progress.activation is not None and not progress.fulfilled:
                await _activate(state, item, progress.activation)
                await wait_for_item(state, item, lambda: progress.fulfilled or progress.activation is None)
    finally:
        reminders.cancel()
    state.mark_reached(Milestone.ACTIVATED)


async def _send_reminders(state: OrderState, item: Item) -> None:
    """Each reminder says when the next one is due; after twice the time of the last one, someone gets a task.

    The last reminder also asks whether the device will be returned.
    """
    since, reminders = workflow.now(), state.activation_reminders
    overdue = 2 * max(reminders, default=LONGEST_WAIT / 2)
    for number, (delay, following) in enumerate(pairwise((*reminders, overdue)), start=1):
        await workflow.sleep(since + delay - workflow.now(), summary=f"Activation reminder {number}")
        if state.progress[item.id].returned_by is not None:
            continue
        last = number == len(reminders)
        state.record(ACTIVATION_NEEDED, due_at=since + following, item_id=item.id, reminder=number, last=last)
    await workflow.sleep(since + overdue - workflow.now(), summary="Activation overdue")
    await workflow.wait_condition(lambda: state.progress[item.id].returned_by is None)
    thing = f"{state.order.id}:{item.id}"
    state.record(ACTIVATION_OVERDUE, item_id=item.id, item=item.number, days=overdue.days, thing=thing)


async def _activate(state: OrderState, item: Item, activation: Activation) -> None:
    """Send the activation to the carrier. If the carrier rejects it, the user can correct it."""
    progress = state.progress[item.id]

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        accepted = state.snapshots_with(activation.answers, [item])
        sent = state.next_event(ACTIVATION_SENT, state.status, actor=activation.actor, items=accepted, item_id=item.id)
        await workflow.execute_activity_method(
            CarrierActivities.activate,
            ActivateInput(
                ref=state.order.ref, item_id=item.id, answers=activation.answers, sent=sent, earlier_events=earlier
            ),
            **carrier_activity(state.order.carrier, "activate"),
        )

    try:
        await run_step(state, Activate.kind, call, item=item, complete_manually=partial(_mark_fulfilled, progress))
    except CarrierDeclined as error:
        progress.activation = None
        state.record(ACTIVATION_NEEDED, actor=activation.actor, item_id=item.id, detail=error.detail)


def _mark_fulfilled(progress: ItemProgress) -> None:
    progress.fulfilled = True
