"""OPEN_RETURN: open an order that returns a device."""

from temporalio import workflow

from activities.device_returns import OpenReturnInput, ReturnActivities
from models.order import Item
from models.step import Return
from workflows.activity_options import RETRY_FOREVER, db_activity
from workflows.state import OrderState


async def open_return(state: OrderState, item: Item, step: Return) -> None:
    """The order of the item may have ended: what can't be returned becomes a task in its history."""
    await workflow.execute_activity_method(
        ReturnActivities.open_return,
        OpenReturnInput(
            ref=state.order.ref,
            item_id=item.id,
            cause=step.cause,
            way=step.way,
            question=step.question,
            equals=step.equals,
            at=workflow.now(),
        ),
        **db_activity("open a return", retry_policy=RETRY_FOREVER),
    )
