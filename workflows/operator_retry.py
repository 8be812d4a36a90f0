"""Running a step's activity until it is done: by retries, by an operator, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from models.lifecycle import Action, Event, ItemState, Status
from models.order import Item, OperatorAction, OrderEvent
from workflows.progress import FailedStep
from workflows.search_attributes import NEEDS_ATTENTION
from workflows.state import OrderState

T = TypeVar("T")


async def run_step(
    run: OrderState,
    step: str,
    call: Callable[[tuple[OrderEvent, ...]], Awaitable[T]],
    *,
    by_hand: Callable[[], T] | None = None,
    item: Item | None = None,
    opens: bool = False,
    undoes: bool = False,
) -> T:
    """Run an activity that also writes the entries that wait to be written.

    Out of retries, the order is FAILED and waits for an operator: retry, complete by hand (`by_hand` gives what the
    step then returns; None where that makes no sense), or cancel, which ends the order. A refusal by the carrier
    is no failure: it is raised as it is. `opens` says that people may answer what the activity writes before the
    workflow has the activity's result; `undoes` that the order is ending, so that canceling is no way out.
    """
    while True:
        earlier = run.publisher.take()
        run.opening = opens
        try:
            result = await call(earlier)
        except ActivityError as error:
            run.publisher.give_back(earlier)
            if is_cancelled_exception(error) or refusal(error):
                raise
            failure = error
        else:
            _heed_canceled_task()
            return result
        finally:
            run.opening = False
        waiting = FailedStep(step=step, by_hand=by_hand is not None, undoing=undoes)
        repair = await _operator(run, waiting, failure, item)
        if repair is Action.COMPLETE_MANUALLY and by_hand is not None:
            return by_hand()


def _heed_canceled_task() -> None:
    """Stop here if the workflow was stopped while the activity ran to its end, which swallows the cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def refusal(error: ActivityError) -> ApplicationError | None:
    """The carrier's business refusal, if that is why an activity failed."""
    cause = error.cause
    return cause if isinstance(cause, ApplicationError) and cause.type == "CARRIER_REFUSED" else None


async def _operator(run: OrderState, failure: FailedStep, error: ActivityError, item: Item | None) -> Action:
    """Say that a step failed and wait for an operator; raises Ended when the order is canceled instead."""
    before, progress = run.status, run.progress[item.id] if item else None
    if progress is not None and progress.state is not ItemState.CANCELING:
        progress.resumes, progress.state = progress.state, ItemState.FAILED
    _call_attention(run, failure, error, item)
    try:
        await workflow.wait_condition(lambda: failure.repair is not None or (run.stopped and not failure.undoing))
    finally:
        run.failures.remove(failure)
    workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(bool(run.failures))])
    if progress is not None and progress.state is ItemState.FAILED and progress.resumes is not None:
        progress.state = progress.resumes
    if failure.repair is None or (run.stopped and not failure.undoing):
        run.end_canceled()
    action, message = failure.repair
    _take_up(run, failure, message, run.refold() if item or run.sent else before)
    return action


def _call_attention(run: OrderState, failure: FailedStep, error: ActivityError, item: Item | None) -> None:
    run.failures.append(failure)
    workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(True)])
    cause = error.cause or error
    # An application error says its type itself.
    reason = str(cause) if isinstance(cause, ApplicationError) else f"{type(cause).__name__}: {cause}"
    marks = run.marks(item) if item else ()
    run.move(Status.FAILED, Event.FAILED, step=failure.step, error=reason, items=marks)


def _take_up(run: OrderState, failure: FailedStep, message: OperatorAction, status: Status) -> None:
    """An operator repaired the step: the order stands where it stood, unless another step still fails."""
    assert failure.repair is not None
    for mark in message.items:
        if mark.item_id in run.progress:
            run.progress[mark.item_id].learn(mark.identifiers)
    event = Event.RETRIED if failure.repair[0] is Action.RETRY else Event.COMPLETED_MANUALLY
    run.move(
        Status.FAILED if run.failures else status,
        event,
        actor=message.actor,
        step=failure.step,
        evidence=message.evidence,
        items=run.marks(),
    )
