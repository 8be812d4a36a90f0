"""The doors of an order workflow: every human verb as an Update with a validator and as a Signal of the same name."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.errors import OrderError
from models.lifecycle import Action
from models.order import (
    Activation,
    Cancellation,
    CarrierUpdate,
    Decision,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    Reassignment,
    Rescheduling,
)
from workflows import actions
from workflows.progress import Accepted
from workflows.state import OrderState
from workflows.steps.fulfill import apply_carrier_update


class MessageHandlers(OrderState):
    """Messages that reach an order. Updates answer; signals that are not legal are noted and dropped."""

    @workflow.update(description="Approve the open stage")
    async def approve(self, message: Decision) -> Accepted:
        """Count the approval; the order goes on when its stage is satisfied."""
        return await _take(self, Action.APPROVE, message)

    @approve.validator
    def _check_approve(self, message: Decision) -> None:
        _check(self, Action.APPROVE, message)

    @workflow.signal(name="approve")
    async def _approve_signal(self, message: Decision) -> None:
        await _hear(self, Action.APPROVE, message)

    @workflow.update(description="Reject the order")
    async def reject(self, message: Decision) -> Accepted:
        """End the order; the reason is told to the requester."""
        return await _take(self, Action.REJECT, message)

    @reject.validator
    def _check_reject(self, message: Decision) -> None:
        _check(self, Action.REJECT, message)

    @workflow.signal(name="reject")
    async def _reject_signal(self, message: Decision) -> None:
        await _hear(self, Action.REJECT, message)

    @workflow.update(description="Ask the requester something before deciding")
    async def request_info(self, message: InfoRequest) -> Accepted:
        """Put a question to the requester; the clock of the stage stops till it is answered."""
        return await _take(self, Action.REQUEST_INFO, message)

    @request_info.validator
    def _check_request_info(self, message: InfoRequest) -> None:
        _check(self, Action.REQUEST_INFO, message)

    @workflow.signal(name="request_info")
    async def _request_info_signal(self, message: InfoRequest) -> None:
        await _hear(self, Action.REQUEST_INFO, message)

    @workflow.update(description="Answer what an approver or the carrier asked")
    async def provide_info(self, message: InfoResponse) -> Accepted:
        """Give the answer to whoever asked."""
        return await _take(self, Action.PROVIDE_INFO, message)

    @provide_info.validator
    def _check_provide_info(self, message: InfoResponse) -> None:
        _check(self, Action.PROVIDE_INFO, message)

    @workflow.signal(name="provide_info")
    async def _provide_info_signal(self, message: InfoResponse) -> None:
        await _hear(self, Action.PROVIDE_INFO, message)

    @workflow.update(description="Cancel the order")
    async def cancel(self, message: Cancellation) -> Accepted:
        """End the order, or ask the carrier to, where it has it already."""
        return await _take(self, Action.CANCEL, message)

    @cancel.validator
    def _check_cancel(self, message: Cancellation) -> None:
        _check(self, Action.CANCEL, message)

    @workflow.signal(name="cancel")
    async def _cancel_signal(self, message: Cancellation) -> None:
        await _hear(self, Action.CANCEL, message)

    @workflow.update(description="Let somebody else decide")
    async def reassign(self, message: Reassignment) -> Accepted:
        """Ask somebody else instead; links of the one asked before die."""
        return await _take(self, Action.REASSIGN, message)

    @reassign.validator
    def _check_reassign(self, message: Reassignment) -> None:
        _check(self, Action.REASSIGN, message)

    @workflow.update(description="Take effect at another time")
    async def reschedule(self, message: Rescheduling) -> Accepted:
        """Wait for the new time instead."""
        return await _take(self, Action.RESCHEDULE, message)

    @reschedule.validator
    def _check_reschedule(self, message: Rescheduling) -> None:
        _check(self, Action.RESCHEDULE, message)

    @workflow.update(description="The device is in hand: start service on it")
    async def activate(self, message: Activation) -> Accepted:
        """Tell the carrier which device is in hand, and that service is to start."""
        return await _take(self, Action.ACTIVATE, message)

    @activate.validator
    def _check_activate(self, message: Activation) -> None:
        _check(self, Action.ACTIVATE, message)

    @workflow.update(description="Try the failed step again")
    async def retry(self, message: OperatorAction) -> Accepted:
        """Run what failed once more."""
        return await _take(self, Action.RETRY, message)

    @retry.validator
    def _check_retry(self, message: OperatorAction) -> None:
        _check(self, Action.RETRY, message)

    @workflow.update(description="The carrier's part was done by hand")
    async def complete_manually(self, message: OperatorAction) -> Accepted:
        """Go on as if the carrier had answered, with the evidence written down."""
        return await _take(self, Action.COMPLETE_MANUALLY, message)

    @complete_manually.validator
    def _check_complete_manually(self, message: OperatorAction) -> None:
        _check(self, Action.COMPLETE_MANUALLY, message)

    @workflow.signal(name="carrier_update", description="What the carrier reports")
    def carrier_update(self, news: CarrierUpdate) -> None:
        """Hear of the carrier; each of its events counts once."""
        apply_carrier_update(self, news)

    @workflow.signal(name="line_released", description="Another order has let go of a line")
    def line_released(self, _: dict[str, Any]) -> None:
        """Look again whether the line can be held."""
        self.lines_freed += 1


def _check(run: OrderState, action: Action, message: Any) -> None:
    """Refuse, as an error the caller can read, what is not legal now and is not about to become so."""
    if not run.opening:
        _require(run, action, message)


def _require(run: OrderState, action: Action, message: Any) -> None:
    try:
        actions.check(run, action, message)
    except OrderError as error:
        raise ApplicationError(error.detail, error.facts, type=error.code, non_retryable=True) from error


async def _take(run: OrderState, action: Action, message: Any) -> Accepted:
    """Act on a message.

    While a step opens a decision, people may know of it before the workflow does: then it is waited for.
    """
    await workflow.wait_condition(lambda: not run.opening)
    if message.action_id not in run.heard:
        _require(run, action, message)
        run.heard.add(message.action_id)
        actions.act(run, action, message)
    return Accepted(status=run.status, seq=run.publisher.seq)


async def _hear(run: OrderState, action: Action, message: Any) -> None:
    """A signal cannot be answered: what is not legal is noted in the order's history, with the reason."""
    try:
        await _take(run, action, message)
    except ApplicationError as error:
        actions.note_refusal(run, action, message, error)
