"""SCHEDULE: wait until the order takes effect, if it has an effective date."""

from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow

from models.events.fulfillment import PROGRESS
from models.events.preparation import SCHEDULED, STARTS_TOMORROW
from models.lifecycle import Status
from models.step import Schedule
from workflows.changes import settle_changes
from workflows.state import OrderState

DAY_BEFORE = timedelta(days=1)


async def schedule(state: OrderState, _: Schedule) -> None:
    """Wait until the effective time, which can be changed meanwhile.

    What has changed since the approval is settled before the wait, and by an order without carrier after it. If the
    billing cycle that the order was to start with has begun meanwhile, it starts with the next one.
    """
    if state.effective_at is not None:
        found = await settle_changes(state)
        state.effective_at = found.starts_at or state.effective_at
        if state.effective_at > workflow.now():
            await _wait(state, state.effective_at)
    if not state.order.type.with_carrier:
        await settle_changes(state)


async def _wait(state: OrderState, moment: datetime) -> None:
    """A day before, people are told; not for a date that is nearer than that."""
    state.transition(Status.SCHEDULED, SCHEDULED, due_at=moment, effective_at=moment.isoformat())
    while True:
        day_before = moment - DAY_BEFORE
        is_early = day_before > workflow.now()
        if await state.wait_until(partial(_rescheduled, state, moment), deadline=day_before if is_early else moment):
            assert state.effective_at is not None
            moment = state.effective_at
        elif is_early:
            state.record(STARTS_TOMORROW, due_at=moment, effective_at=moment.isoformat())
        else:
            break
    state.transition(Status.APPROVED, PROGRESS, detail="The start date has arrived.")


def _rescheduled(state: OrderState, moment: datetime) -> bool:
    return state.effective_at != moment
