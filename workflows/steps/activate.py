"""ACTIVATE: the user confirms the device and the carrier starts service, or the carrier does so on its own."""

from functools import partial

from temporalio import workflow

from activities.carrier import ActivateInput, CarrierActivities
from models.errors import CarrierDeclined
from models.events.fulfillment import ACTIVATION_NEEDED, ACTIVATION_SENT
from models.order import Item, OrderEvent
from models.order_messages import Activation
from models.order_type import Milestone
from models.step import Activate
from workflows.activity_options import carrier_activity
from workflows.operator_retry import run_step
from workflows.state import ItemProgress, OrderState
from workflows.steps.fulfill import wait_for_item


async def activate(state: OrderState, item: Item, _: Activate) -> None:
    """Wait until the carrier has started service; pass activations on meanwhile."""
    progress = state.progress[item.id]
    while not progress.fulfilled:
        await wait_for_item(state, item, lambda: progress.fulfilled or progress.activation is not None)
        if progress.activation is not None and not progress.fulfilled:
            await _activate(state, item, progress.activation)
            await wait_for_item(state, item, lambda: progress.fulfilled or progress.activation is None)
    state.mark_reached(Milestone.ACTIVATED)


async def _activate(state: OrderState, item: Item, activation: Activation) -> None:
    """Send the activation to the carrier. If the carrier rejects it, the user can correct it."""
    progress = state.progress[item.id]

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        accepted = state.snapshots_with(activation.answers, [item])
        sent = state.next_event(ACTIVATION_SENT, state.status, actor=activation.actor, items=accepted, item_id=item.id)
        await workflow.execute_activity_method(
            CarrierActivities.activate,
            ActivateInput(
                ref=state.order.ref,
                round=state.progress[item.id].round,
                item_id=item.id,
                answers=activation.answers,
                sent=sent,
                earlier_events=earlier,
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
