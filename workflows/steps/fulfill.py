"""FULFILL: wait until the carrier has delivered an item."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from temporalio import workflow

from activities.carrier import CarrierActivities, ProvideInfoInput
from models.errors import CarrierDeclined
from models.events.approval import INFO_PROVIDED
from models.events.fulfillment import VENDOR_INFO_REQUIRED
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.order_messages import InfoResponse
from models.step import Fulfill
from workflows.activity_options import carrier_activity
from workflows.operator_retry import run_step
from workflows.state import ItemEnded, ItemProgress, OrderState
from workflows.steps.place import place_again, place_corrected

# The states of an item that has come as far as a step waits for.
_AT_LEAST: Mapping[ItemState, frozenset[ItemState]] = MappingProxyType(
    {
        ItemState.SHIPPED: frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION}),
        ItemState.AWAITING_ACTIVATION: frozenset({ItemState.AWAITING_ACTIVATION}),
    }
)


async def fulfill(state: OrderState, item: Item, step: Fulfill) -> None:
    """Wait until the item is as far as the step says. Meanwhile what the carrier has lost is placed again."""
    progress = state.progress[item.id]
    while state.replacement is not None or not _is_fulfilled(progress, step.until):
        if state.replacement is not None:
            await place_again(state)
        await wait_for_item(state, item, lambda: state.replacement is not None or _is_fulfilled(progress, step.until))


def _is_fulfilled(progress: ItemProgress, until: ItemState) -> bool:
    """An item that is being activated has been delivered, whether the carrier has reported it or not."""
    delivered = ItemState.AWAITING_ACTIVATION in _AT_LEAST.get(until, ())
    return (
        progress.fulfilled
        or progress.state in _AT_LEAST.get(until, ())
        or (delivered and progress.activation is not None)
    )


async def wait_for_item(state: OrderState, item: Item, condition: Callable[[], bool]) -> None:
    """Passes answers on to the carrier meanwhile. Raises ItemEnded if it rejects or cancels the item first."""
    progress = state.progress[item.id]
    while True:
        await workflow.wait_condition(
            lambda: progress.state.final or bool(state.corrections) or state.is_corrected or condition()
        )
        if progress.state.final:
            raise ItemEnded
        if state.is_corrected:
            await place_corrected(state)
            continue
        if state.corrections:
            await _provide_info(state, state.corrections.pop(0))
        elif condition():
            return


async def _provide_info(state: OrderState, response: InfoResponse) -> None:
    """Pass an answer on to the carrier, which may not accept it. Each round of the items is an order there."""
    answered = _answered(state, response)
    for number in sorted({state.progress[item.id].round for item in answered}):
        items = [item for item in answered if state.progress[item.id].round == number]
        await _provide_about(state, response, items, number)


async def _provide_about(state: OrderState, response: InfoResponse, items: list[Item], number: int) -> None:
    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        accepted = state.snapshots_with(response.fields, items)
        sent = state.next_event(INFO_PROVIDED, state.status, actor=response.actor, items=accepted, answer=response.text)
        await workflow.execute_activity_method(
            CarrierActivities.provide_info,
            ProvideInfoInput(
                ref=state.order.ref,
                round=number,
                item_ids=tuple(item.id for item in items),
                fields=response.fields,
                text=response.text,
                sent=sent,
                earlier_events=earlier,
            ),
            **carrier_activity(state.order.carrier, "answer the carrier"),
        )
        for item in items:
            state.progress[item.id].is_answered = True

    try:
        await run_step(state, Fulfill.kind, call, complete_manually=lambda: None)
    except CarrierDeclined as error:
        state.record(VENDOR_INFO_REQUIRED, actor=response.actor, detail=error.detail)


def _answered(state: OrderState, response: InfoResponse) -> list[Item]:
    """The items that the carrier asks about; of these only the ones that lack what is answered, if some do."""
    asked = [item for item in state.open_items() if state.progress[item.id].has_question]
    given = {code for code, _ in response.fields}
    return [item for item in asked if not given.isdisjoint(state.progress[item.id].needs)] or asked
