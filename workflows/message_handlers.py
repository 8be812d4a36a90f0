"""The messages an order's workflow accepts."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.errors import OrderClosed, PublicError
from models.events.operations import MESSAGE_REJECTED
from models.lifecycle import Action
from models.order import CarrierUpdate, WorkflowMessage
from models.order_messages import (
    Activation,
    Cancellation,
    Correction,
    Decision,
    Extension,
    InfoRequest,
    InfoResponse,
    ItemReturn,
    OperatorAction,
    Reassignment,
    Receipt,
    Replacement,
    Rescheduling,
)
from workflows import actions, returned_items
from workflows.carrier_updates import apply_carrier_update
from workflows.restoring import restore_state
from workflows.results import UpdateResult, rejection
from workflows.state import OrderState

MessageT = TypeVar("MessageT")


def action_update(
    handler: Callable[[Any, MessageT], Awaitable[UpdateResult]],
) -> workflow.UpdateMethodMultiParam[[Any, MessageT], Awaitable[UpdateResult]]:
    """An update for the action that the handler is named after, described by its docstring.

    Its validator rejects what is not allowed, unless a step that is running may still allow it.
    """

    @functools.wraps(handler)  # Temporal requires the validator to have the same parameters
    def validate(state: OrderState, message: MessageT) -> None:
        if not state.messages_blocked:
            _check(state, Action(handler.__name__), message)

    update = workflow.update(description=handler.__doc__)(handler)
    update.validator(validate)
    return update


class MessageHandlers(OrderState):
    """Every action is an update of its name; five are signals as well."""

    @action_update
    async def approve(self, message: Decision) -> UpdateResult:
        """Approve the open stage."""
        return await _handle(self, Action.APPROVE, message)

    @action_update
    async def reject(self, message: Decision) -> UpdateResult:
        """Reject the order."""
        return await _handle(self, Action.REJECT, message)

    @action_update
    async def request_info(self, message: InfoRequest) -> UpdateResult:
        """Ask the requester for more information. The approval deadlines start again after the answer."""
        return await _handle(self, Action.REQUEST_INFO, message)

    @action_update
    async def provide_info(self, message: InfoResponse) -> UpdateResult:
        """Answer what an approver or the carrier asked."""
        return await _handle(self, Action.PROVIDE_INFO, message)

    @action_update
    async def cancel(self, message: Cancellation) -> UpdateResult:
        """Cancel the order. If the carrier already has it, the carrier is asked."""
        return await _handle(self, Action.CANCEL, message)

    @action_update
    async def reassign(self, message: Reassignment) -> UpdateResult:
        """Replace a pending approver by another person."""
        return await _handle(self, Action.REASSIGN, message)

    @action_update
    async def reschedule(self, message: Rescheduling) -> UpdateResult:
        """Change the effective date."""
        return await _handle(self, Action.RESCHEDULE, message)

    @action_update
    async def activate(self, message: Activation) -> UpdateResult:
        """Start service on the device that was delivered."""
        return await _handle(self, Action.ACTIVATE, message)

    @action_update
    async def retry(self, message: OperatorAction) -> UpdateResult:
        """Retry the failed steps."""
        return await _handle(self, Action.RETRY, message)

    @action_update
    async def complete_manually(self, message: OperatorAction) -> UpdateResult:
        """Continue as if the failed steps had succeeded. They were done outside Dialtone, with evidence."""
        return await _handle(self, Action.COMPLETE_MANUALLY, message)

    @action_update
    async def place_again(self, message: Replacement) -> UpdateResult:
        """Place again what the carrier has lost, under a new reference."""
        return await _handle(self, Action.PLACE_AGAIN, message)

    @action_update
    async def confirm_receipt(self, message: Receipt) -> UpdateResult:
        """Confirm that a delivery has arrived."""
        return await _handle(self, Action.CONFIRM_RECEIPT, message)

    @action_update
    async def correct(self, message: Correction) -> UpdateResult:
        """Correct what the carrier has refused. It gets the order once more."""
        return await _handle(self, Action.CORRECT, message)

    @action_update
    async def keep_waiting(self, message: Extension) -> UpdateResult:
        """Wait longer, as someone has decided who was asked."""
        return await _handle(self, Action.KEEP_WAITING, message)

    @action_update
    async def receive(self, message: OperatorAction) -> UpdateResult:
        """Say in which condition a device has come back, or what has become of a parcel."""
        return await _handle(self, Action.RECEIVE, message)

    @workflow.query
    def last_seq(self) -> int:
        """The number of the order's last event."""
        return self.publisher.seq

    @workflow.update
    async def restore_state(self, message: OperatorAction) -> UpdateResult:
        """Record where the order stands, for a database that was restored to an older moment."""
        if message.action_id not in self.handled_ids:
            self.handled_ids.add(message.action_id)
            await restore_state(self, message)
        return UpdateResult(status=self.status, seq=self.publisher.seq)

    @restore_state.validator
    def _check_restore(self, message: OperatorAction) -> None:  # noqa: ARG002 - Temporal requires the same parameters
        if self.status.final:
            raise rejection(OrderClosed("This order has ended."))

    @workflow.signal(name="approve")
    async def _approve_signal(self, message: Decision) -> None:
        await _handle_signal(self, Action.APPROVE, message)

    @workflow.signal(name="reject")
    async def _reject_signal(self, message: Decision) -> None:
        await _handle_signal(self, Action.REJECT, message)

    @workflow.signal(name="request_info")
    async def _request_info_signal(self, message: InfoRequest) -> None:
        await _handle_signal(self, Action.REQUEST_INFO, message)

    @workflow.signal(name="provide_info")
    async def _provide_info_signal(self, message: InfoResponse) -> None:
        await _handle_signal(self, Action.PROVIDE_INFO, message)

    @workflow.signal(name="cancel")
    async def _cancel_signal(self, message: Cancellation) -> None:
        await _handle_signal(self, Action.CANCEL, message)

    @workflow.signal(description="What the carrier reports")
    def carrier_update(self, update: CarrierUpdate) -> None:
        with self.caused_by(update.event_id):
            apply_carrier_update(self, update)

    @workflow.signal(description="Another order takes an item back, or looks for it")
    def return_opened(self, message: ItemReturn) -> None:
        returned_items.note_opened(self, message)

    @workflow.signal(description="Another order has taken an item back, or it is lost")
    def return_received(self, message: ItemReturn) -> None:
        returned_items.note_received(self, message)

    @workflow.signal(description="The item was not taken back, or was found")
    def return_ended(self, message: ItemReturn) -> None:
        returned_items.note_ended(self, message)

    @workflow.signal(description="Another order has released what it locked")
    def lock_released(self, _: WorkflowMessage) -> None:
        self.locks_released += 1


def _check(state: OrderState, action: Action, message: Any) -> None:
    try:
        actions.check(state, action, message)
    except PublicError as error:
        raise rejection(error) from error


async def _handle(state: OrderState, action: Action, message: Any) -> UpdateResult:
    """Act on a message, once. While a step blocks messages, wait for its result."""
    await workflow.wait_condition(lambda: not state.messages_blocked)
    if message.action_id not in state.handled_ids:
        _check(state, action, message)
        state.handled_ids.add(message.action_id)
        with state.caused_by(message.action_id):
            actions.apply(state, action, message)
    return UpdateResult(status=state.status, seq=state.publisher.seq)


async def _handle_signal(state: OrderState, action: Action, message: Any) -> None:
    """A signal has no caller to answer: its rejection is recorded in the order's history."""
    try:
        await _handle(state, action, message)
    except ApplicationError as error:
        # PLACE has numbered the status that the order is about to have: with a higher number, this event would be
        # written before it, and the order would seem to stay as it is now.
        await workflow.wait_condition(lambda: not state.sending)
        if not state.status.final:
            with state.caused_by(message.action_id):
                state.record(
                    MESSAGE_REJECTED, actor=message.actor, action=action, code=error.type, detail=error.message
                )
