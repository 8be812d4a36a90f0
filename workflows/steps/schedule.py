"""SCHEDULE: wait for the time the order takes effect, if one was given."""

from datetime import datetime
from functools import partial

from temporalio import workflow

from models.lifecycle import Event, Status
from workflows.state import OrderState


async def schedule(run: OrderState) -> None:
    """Sleep till the effective time, which may be moved meanwhile."""
    if run.effective_at is None or run.effective_at <= workflow.now():
        return
    moment = run.effective_at
    run.move(Status.SCHEDULED, Event.SCHEDULED, due_at=moment, effective_at=moment.isoformat())
    while await run.until(partial(_moved, run, moment), at=moment, waiting="effective time"):
        moment = run.effective_at
    run.move(Status.APPROVED, Event.PROGRESS, detail="The effective time has come.")


def _moved(run: OrderState, moment: datetime) -> bool:
    return run.effective_at != moment
