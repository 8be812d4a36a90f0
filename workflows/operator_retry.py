"""Running a step's activity until it is done: by retries, or with an operator's help."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from models.event import Event
from models.events.operations import COMPLETED_MANUALLY, FAILED, RETRIED, STEP_SKIPPED
from models.lifecycle import Action, ItemState, Status
from models.order import Item, ItemSnapshot, OrderEvent
from models.order_messages import COMPLETE_ANYWAY
from workflows import numbers_at_risk
from workflows.results import declined_by_carrier, failure_reason, identifier_problem, tries_of, withdrawn_as
from workflows.search_attributes import NEEDS_ATTENTION
from workflows.state import FailedStep, ItemEnded, OrderState

T = TypeVar("T")


async def run_step(
    state: OrderState,
    step: str,
    call: Callable[[tuple[OrderEvent, ...]], Awaitable[T]],
    *,
    item: Item | None = None,
    complete_manually: Callable[[], T] | None = None,
    skip: Callable[[], T] | None = None,
    skipped: Event = STEP_SKIPPED,
    recover: Callable[[ActivityError], Awaitable[bool]] | None = None,
    blocks_messages: bool = False,
    compensating: bool = False,
) -> T:
    """Run an activity, which also records the pending events that `call` is given.

    When it is out of retries, the order is FAILED until an operator retries, completes the step manually
    (`complete_manually` returns its result then), or cancels the order. Raises OrderEnded if it is canceled, ItemEnded
    if the item is returned meanwhile, and CarrierDeclined, which is not a failure. With `skip`, the order continues
    with its result in both cases, and records `skipped`: by default, that the step is a task. `recover` does what may
    help before an operator is asked, and returns whether to try again.

    `blocks_messages`: people may react to what the activity records before the workflow has its result, so messages
    wait for it. `compensating`: the order is already ending, so it can't be canceled instead.
    """
    while True:
        state.messages_blocked = blocks_messages
        try:
            result = await state.publisher.write(call)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            if skip is not None:
                thing = f"{state.order.id}:{step}:{state.round}"
                state.record(skipped, **_failure_data(step, error), thing=thing)
                return skip()
            declined = declined_by_carrier(error)
            if declined is not None:
                raise declined from error
            failure = error
        else:
            _raise_if_stopped()
            return result
        finally:
            state.messages_blocked = False
        if recover is not None and await recover(failure):
            continue
        waiting = FailedStep(
            step=step,
            data=_failure_data(step, failure) | {"item_id": item.id if item else None},
            can_complete_manually=complete_manually is not None,
            compensating=compensating,
            remedies=_remedies(failure),
        )
        action = await wait_for_operator(state, waiting, item)
        if action is Action.COMPLETE_MANUALLY and complete_manually is not None:
            return complete_manually()


def _raise_if_stopped() -> None:
    """Raise if the workflow was canceled while the activity ran to its end, which swallows the cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _remedies(error: ActivityError) -> tuple[str, ...]:
    if withdrawn_as(error) is not None:
        return (COMPLETE_ANYWAY,)
    problem = identifier_problem(error)
    return problem.remedies if problem else ()


def _failure_data(step: str, error: ActivityError) -> dict[str, Any]:
    data = {"step": step, "tries": tries_of(error), "error": failure_reason(error)}
    withdrawn = withdrawn_as(error)
    if withdrawn is not None:
        number, reported = withdrawn
        return data | {"item": number, "reported": reported, "variant": "withdrawn"}
    problem = identifier_problem(error)
    if problem is None:
        return data
    known = {"identifier": problem.identifier, "sentence": problem.sentence, "gives_up": problem.gives_up}
    return data | known | {"variant": "identifier"}


async def wait_for_operator(state: OrderState, failure: FailedStep, item: Item | None) -> Action:
    """Returns what was chosen. Raises OrderEnded if the order is canceled, and ItemEnded if the item is returned."""
    before, progress = state.status, state.progress[item.id] if item else None
    if progress is not None and progress.state is not ItemState.CANCELING:
        progress.resume_state, progress.state = progress.state, ItemState.FAILED
    _mark_failed(state, failure, item)
    await numbers_at_risk.report(state)
    try:
        await workflow.wait_condition(
            lambda: failure.repair is not None or failure.is_outdated or _must_end(state, failure)
        )
    finally:
        state.failures.remove(failure)
    workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(bool(state.failures))])
    if progress is not None and progress.state is ItemState.FAILED and progress.resume_state is not None:
        progress.state = progress.resume_state
    if _must_end(state, failure):
        state.raise_canceled()
    status = state.recompute_status() if item or state.sent else before
    if failure.repair is None:
        state.set_status(status)
        if progress is not None and progress.state is ItemState.RETURNED:
            raise ItemEnded
        return Action.RETRY
    if progress is not None and item is not None and failure.repair[1].confirms == item.id:
        progress.is_confirmed = True
    settled = failure.repair[1].settled
    if settled is not None and item is not None and settled.item_id == item.id and progress is not None:
        progress.settled = (*progress.settled, settled)
    return apply_repair(state, failure, status)


def _must_end(state: OrderState, failure: FailedStep) -> bool:
    return state.canceled_without_carrier and not failure.compensating


def _mark_failed(state: OrderState, failure: FailedStep, item: Item | None) -> None:
    state.failures.append(failure)
    workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(True)])
    record_failure(state, failure, items=state.item_snapshots(item) if item else ())


def record_failure(state: OrderState, failure: FailedStep, *, items: tuple[ItemSnapshot, ...] = ()) -> None:
    """Open its task. If several steps have failed, an operator's choice is about the first one's."""
    state.transition(Status.FAILED, FAILED, **failure.data, choices=failure.choices, items=items)
    if failure is state.failures[0]:
        state.task = state.publisher.seq


def apply_repair(state: OrderState, failure: FailedStep, status: Status) -> Action:
    """Record the operator's repair and return to `status`, unless another step has failed, too."""
    assert failure.repair is not None
    action, message = failure.repair
    entered = {snapshot.item_id: snapshot.identifiers for snapshot in message.items}
    items = [replace(one, identifiers=entered.get(one.item_id)) for one in state.item_snapshots()]
    state.transition(
        Status.FAILED if state.failures else status,
        RETRIED if action is Action.RETRY else COMPLETED_MANUALLY,
        actor=message.actor,
        step=failure.step,
        choice=message.choice or action.value,
        evidence=message.evidence,
        items=tuple(items),
    )
    return action
