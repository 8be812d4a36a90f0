"""SCHEDULE: wait until the order takes effect, if it has an effective date."""

from datetime import datetime
from functools import partial

from temporalio import workflow

from models.events.fulfillment import PROGRESS
from models.events.preparation import SCHEDULED
from models.lifecycle import Status
from models.step import Schedule
from workflows.changes import settle_changes
from workflows.state import OrderState


async def schedule(state: OrderState, _: Schedule) -> None:
    """Wait until the effective time, which can be changed meanwhile.

    What has changed since the approval is settled before the wait, and by an order without carrier after it.
    """
    if state.effective_at is not None and state.effective_at > workflow.now():
        await settle_changes(state)
        await _wait(state, state.effective_at)
    if not state.order.type.with_carrier:
        await settle_changes(state)


async def _wait(state: OrderState, moment: datetime) -> None:
    state.transition(Status.SCHEDULED, SCHEDULED, due_at=moment, effective_at=moment.isoformat())
    while await state.wait_until(partial(_rescheduled, state, moment), deadline=moment):
        assert state.effective_at is not None
        moment = state.effective_at
    state.transition(Status.APPROVED, PROGRESS, detail="The start date has arrived.")


def _rescheduled(state: OrderState, moment: datetime) -> bool:
    return state.effective_at != moment
