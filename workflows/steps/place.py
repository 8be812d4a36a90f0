"""PLACE: one carrier order with all items; and canceling it while the carrier has it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.carrier import CarrierActivities, CarrierCancellation, Placed, Placement
from models.lifecycle import Event, ItemState, Status
from models.order import SYSTEM, CancelAnswer, Cancellation, OrderEvent
from models.order_type import Milestone, Step
from workflows.activity_options import order_carrier_activity
from workflows.operator_retry import refusal, run_step
from workflows.progress import ItemProgress, OrderEnded
from workflows.state import OrderState

FIRST_ROUND = 1
ASK_AGAIN = timedelta(minutes=15)


async def place(run: OrderState) -> None:
    """Send the order; where another order holds a line, wait for it first."""
    run.undo.push(Step.PLACE, partial(withdraw, run))
    while True:
        freed, before = run.lines_freed, run.status
        placed = await _send(run)
        if placed.held_by is None:
            break
        run.sent = False
        if before is not Status.ON_HOLD:
            run.move(Status.ON_HOLD, Event.HELD, by=placed.held_by)
        else:
            run.set_status(Status.ON_HOLD)
        await run.until(partial(_freed_since, run, freed), waiting=f"order {placed.held_by}")
    run.placed = True
    run.reach(Milestone.PLACED)
    if run.cancellation is not None:
        begin_canceling(run, run.cancellation)


def _freed_since(run: OrderState, count: int) -> bool:
    return run.lines_freed > count


async def _send(run: OrderState) -> Placed:
    run.set_status(Status.SUBMITTING)
    run.sent = True

    async def call(earlier: tuple[OrderEvent, ...]) -> Placed:
        request = Placement(
            ref=run.order.ref,
            round=FIRST_ROUND,
            sending=run.next_entry(Event.SUBMITTING, Status.SUBMITTING),
            placed=_placed_entry(run),
            earlier=earlier,
        )
        return await workflow.execute_activity_method(
            CarrierActivities.place, request, **order_carrier_activity(run.order, f"place with {run.order.carrier}")
        )

    try:
        placed = await run_step(run, Step.PLACE, call, by_hand=partial(_by_hand, run))
    except ActivityError as error:
        refused = refusal(error)
        if refused is None:
            raise
        run.undo.drop(Step.PLACE)
        code, detail = refused.details
        raise OrderEnded(Status.VENDOR_REJECTED, Event.VENDOR_REJECTED, code=code, detail=detail) from error
    if placed.held_by is None:
        _now_placed(run)
    return placed


def _placed_entry(run: OrderState) -> OrderEvent:
    marks = tuple(replace(mark, state=placed_state(mark.state)) for mark in run.marks())
    return run.next_entry(Event.PLACED, Status.IN_FULFILLMENT, items=marks, carrier=run.order.carrier)


def _now_placed(run: OrderState) -> None:
    for progress in run.progress.values():
        progress.state = placed_state(progress.state)
    run.set_status(run.refold())


def placed_state(state: ItemState) -> ItemState:
    """News may arrive before the carrier's acceptance has; it is not taken back."""
    return ItemState.PLACED if state in {ItemState.PENDING, ItemState.RESERVED} else state


def _by_hand(run: OrderState) -> Placed:
    """An operator has placed and followed the order outside Dialtone: the carrier's part is over."""
    for item in run.running():
        run.progress[item.id].fulfilled = True
    return Placed()


async def withdraw(run: OrderState) -> None:
    """Undo of PLACE: ask the carrier to cancel whatever it has; that it has not done so is said in the end."""
    if await _ask_to_cancel(run, "The order was stopped.") is not CancelAnswer.CANCELED:
        run.note(Event.CANCEL_DECLINED, SYSTEM, reason="The carrier did not cancel; end the service by hand.")


def begin_canceling(run: OrderState, message: Cancellation) -> None:
    """The carrier has the order, so it is asked; until it answers what it has not done is being canceled."""
    for item in run.running():
        progress = run.progress[item.id]
        if not progress.fulfilled:
            progress.resumes, progress.state = progress.state, ItemState.CANCELING
    run.move(
        Status.CANCEL_REQUESTED,
        Event.CANCEL_REQUESTED,
        actor=message.actor,
        reason=message.reason,
        items=run.marks(),
    )
    run.canceling = asyncio.create_task(_settle(run, message))


def stop_asking(run: OrderState) -> None:
    """The order ends whatever the carrier answers to the cancellation it is asked about, if it is."""
    if run.canceling is not None:
        run.canceling.cancel()
        run.canceling = None


async def _settle(run: OrderState, message: Cancellation) -> None:
    """Ask the carrier to cancel, and act on its answer.

    While it assesses the request its news tells; where none comes it is asked again.
    """
    run.cancel_assessed = False
    answer = await _ask_to_cancel(run, message.reason)
    while answer is CancelAnswer.ASSESSING:
        run.cancel_assessed = True
        try:
            await workflow.wait_condition(lambda: not _being_canceled(run), timeout=ASK_AGAIN)
        except TimeoutError:
            answer = await _ask_to_cancel(run, message.reason)
        else:
            return
    if answer is CancelAnswer.DECLINED:
        cancel_declined(run, "The carrier is too far along to cancel.")
        return
    for progress in _being_canceled(run):
        progress.state = ItemState.CANCELED


def _being_canceled(run: OrderState) -> list[ItemProgress]:
    return [progress for progress in run.progress.values() if progress.state is ItemState.CANCELING]


def cancel_declined(run: OrderState, reason: str) -> None:
    """The carrier goes on: the items stand where they stood."""
    run.cancellation = run.canceling = None
    for progress in _being_canceled(run):
        progress.state = progress.resumes or progress.state
    run.move(run.refold(), Event.CANCEL_DECLINED, reason=reason, items=run.marks())


async def _ask_to_cancel(run: OrderState, reason: str) -> CancelAnswer:
    async def call(earlier: tuple[OrderEvent, ...]) -> CancelAnswer:
        request = CarrierCancellation(ref=run.order.ref, reason=reason, entries=earlier)
        return await workflow.execute_activity_method(
            CarrierActivities.cancel_at_carrier,
            request,
            **order_carrier_activity(run.order, "ask the carrier to cancel"),
        )

    try:
        return await run_step(run, f"{Step.PLACE}, undone", call, by_hand=lambda: CancelAnswer.CANCELED, undoes=True)
    except ActivityError as error:
        if refusal(error) is None:
            raise
        return CancelAnswer.DECLINED
