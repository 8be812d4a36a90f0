"""An order that fails while the carrier changes a number: the desk asks for the old one while the carrier has it.

And one that ends without a new number: the desk has the address put back that the carrier got for it.
"""

from temporalio import workflow

from activities.protection import NumberAtRiskInput, ProtectionActivities
from models.events.number_change import ADDRESS_LEFT, NUMBER_AT_RISK
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.step import carrier_actions
from workflows.activity_options import RETRY_FOREVER, db_activity
from workflows.state import OrderState

UPDATE_ADDRESS, CHANGE_NUMBER = "update_subscriber", "change_number"


async def report(state: OrderState) -> None:
    """Open a task for each open item whose number the carrier may have given up, once."""
    for item in state.open_items():
        progress = state.progress[item.id]
        if item.line_id is not None and _is_at_risk(state, item) and not progress.is_at_risk:
            progress.is_at_risk = True
            await _report(state, item, item.line_id)


def _is_at_risk(state: OrderState, item: Item) -> bool:
    """Whether the carrier has been asked for a new number, which is the last that it is asked for."""
    actions = carrier_actions(state.order.steps_of(item))
    return state.sent and actions[-1:] == (CHANGE_NUMBER,) and state.part == len(actions)


async def _report(state: OrderState, item: Item, line_id: str) -> None:
    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        event = state.next_event(NUMBER_AT_RISK, state.status, item_id=item.id, thing=item.id)
        request = NumberAtRiskInput(ref=state.order.ref, line_id=line_id, event=event, earlier_events=earlier)
        await workflow.execute_activity_method(
            ProtectionActivities.report_number_at_risk,
            request,
            **db_activity("report a number at risk", retry_policy=RETRY_FOREVER),
        )

    await state.publisher.write(call)


def report_addresses(state: OrderState) -> None:
    """At the end of an order, open a task for each item whose address the carrier has got for no new number."""
    for item in state.order.items:
        progress, actions = state.progress[item.id], carrier_actions(state.order.steps_of(item))
        has_address = actions == (UPDATE_ADDRESS, CHANGE_NUMBER) and (state.part > 1 or progress.fulfilled)
        if has_address and progress.state is not ItemState.DONE:
            state.record(ADDRESS_LEFT, item_id=item.id, thing=item.id)
