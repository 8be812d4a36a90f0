"""NOTIFY_HOLDER: tell people what is about to change on their lines."""

from temporalio import workflow

from activities.protection import NotifyHolderInput, ProtectionActivities
from models.events.protection import HOLDER_NOTIFIED
from models.order import OrderEvent
from models.step import NotifyHolder, OnFailure
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderState


async def notify_holder(state: OrderState, step: NotifyHolder) -> None:
    """Store the notices about all lines of the order."""
    line_ids = tuple(item.line_id for item in state.open_items() if item.line_id is not None)

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        event = state.next_event(HOLDER_NOTIFIED, state.status)
        await workflow.execute_activity_method(
            ProtectionActivities.notify_holder,
            NotifyHolderInput(ref=state.order.ref, line_ids=line_ids, event=event, earlier_events=earlier),
            **db_activity("notify the holders"),
        )

    skip = (lambda: None) if step.on_failure is OnFailure.TASK else None
    await run_step(state, NotifyHolder.kind, call, skip=skip)
    state.raise_if_canceled()
