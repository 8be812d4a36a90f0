"""FULFILL: wait until the carrier has delivered an item."""

from collections.abc import Callable

from temporalio import workflow

from activities.carrier import CarrierActivities, ProvideInfoInput
from models.errors import CarrierDeclined
from models.events.approval import INFO_PROVIDED
from models.events.fulfillment import VENDOR_INFO_REQUIRED
from models.lifecycle import ItemState
from models.order import InfoResponse, Item, OrderEvent
from models.order_type import Step
from workflows.activity_options import carrier_activity
from workflows.operator_retry import run_step
from workflows.state import ItemEnded, ItemProgress, OrderState


async def fulfill(state: OrderState, item: Item) -> None:
    """Wait until the item is delivered, or done where nothing ships. Answers the carrier's questions meanwhile."""
    progress = state.progress[item.id]
    while state.corrections or not _delivered(progress):
        if state.corrections:
            await _provide_info(state, state.corrections.pop(0))
        await wait_for_item(state, item, lambda: bool(state.corrections) or _delivered(progress))


def _delivered(progress: ItemProgress) -> bool:
    return progress.fulfilled or progress.state is ItemState.AWAITING_ACTIVATION or progress.activation is not None


async def wait_for_item(state: OrderState, item: Item, condition: Callable[[], bool]) -> None:
    """Raises ItemEnded if the carrier rejects or cancels the item first."""
    progress = state.progress[item.id]
    await workflow.wait_condition(lambda: progress.state.final or condition())
    if progress.state.final:
        raise ItemEnded


async def _provide_info(state: OrderState, response: InfoResponse) -> None:
    """Pass an answer on to the carrier, which may not accept it."""

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        sent = state.next_event(INFO_PROVIDED, state.status, actor=response.actor, answer=response.text)
        fields = (*response.fields, ("note", response.text)) if response.text else response.fields
        await workflow.execute_activity_method(
            CarrierActivities.provide_info,
            ProvideInfoInput(ref=state.order.ref, fields=fields, sent=sent, earlier_events=earlier),
            **carrier_activity(state.order.carrier, "answer the carrier"),
        )

    try:
        await run_step(state, Step.FULFILL, call, complete_manually=lambda: None)
    except CarrierDeclined as error:
        state.record(VENDOR_INFO_REQUIRED, actor=response.actor, detail=error.detail)
