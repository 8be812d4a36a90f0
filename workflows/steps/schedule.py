"""SCHEDULE: wait until the order takes effect, if it has an effective date."""

from datetime import datetime
from functools import partial

from temporalio import workflow

from models.events.fulfillment import PROGRESS
from models.events.preparation import SCHEDULED
from models.lifecycle import Status
from models.step import Schedule
from workflows.state import OrderState


async def schedule(state: OrderState, _: Schedule) -> None:
    """Wait until the effective time, which can be changed meanwhile."""
    if state.effective_at is None or state.effective_at <= workflow.now():
        return
    moment = state.effective_at
    state.transition(Status.SCHEDULED, SCHEDULED, due_at=moment, effective_at=moment.isoformat())
    while await state.wait_until(partial(_rescheduled, state, moment), deadline=moment, summary="Start date"):
        moment = state.effective_at
    state.transition(Status.APPROVED, PROGRESS, detail="The start date has arrived.")


def _rescheduled(state: OrderState, moment: datetime) -> bool:
    return state.effective_at != moment
