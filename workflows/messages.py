"""The doors of an order workflow: every human verb as an Update with a validator and as a Signal of the same name."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.errors import OrderError
from models.lifecycle import Action
from models.order import (
    Activation,
    Cancellation,
    CarrierNews,
    Decision,
    Question,
    Reassignment,
    Repair,
    Reply,
    Rescheduling,
)
from workflows import decisions
from workflows.progress import Accepted
from workflows.run import OrderRun
from workflows.steps.fulfil import hear


class Doors(OrderRun):
    """Messages that reach an order. Updates answer; signals that are not legal are noted and dropped."""

    @workflow.update(description="Approve the open stage")
    def approve(self, message: Decision) -> Accepted:
        """Approve."""
        return _act(self, Action.APPROVE, message)

    @approve.validator
    def _check_approve(self, message: Decision) -> None:
        _check(self, Action.APPROVE, message)

    @workflow.signal(name="approve")
    def _approve_signal(self, message: Decision) -> None:
        _hear(self, Action.APPROVE, message)

    @workflow.update(description="Reject the order")
    def reject(self, message: Decision) -> Accepted:
        """Reject."""
        return _act(self, Action.REJECT, message)

    @reject.validator
    def _check_reject(self, message: Decision) -> None:
        _check(self, Action.REJECT, message)

    @workflow.signal(name="reject")
    def _reject_signal(self, message: Decision) -> None:
        _hear(self, Action.REJECT, message)

    @workflow.update(description="Ask the requester something before deciding")
    def request_info(self, message: Question) -> Accepted:
        """Ask."""
        return _act(self, Action.REQUEST_INFO, message)

    @request_info.validator
    def _check_request_info(self, message: Question) -> None:
        _check(self, Action.REQUEST_INFO, message)

    @workflow.signal(name="request_info")
    def _request_info_signal(self, message: Question) -> None:
        _hear(self, Action.REQUEST_INFO, message)

    @workflow.update(description="Answer what an approver or the carrier asked")
    def provide_info(self, message: Reply) -> Accepted:
        """Answer."""
        return _act(self, Action.PROVIDE_INFO, message)

    @provide_info.validator
    def _check_provide_info(self, message: Reply) -> None:
        _check(self, Action.PROVIDE_INFO, message)

    @workflow.signal(name="provide_info")
    def _provide_info_signal(self, message: Reply) -> None:
        _hear(self, Action.PROVIDE_INFO, message)

    @workflow.update(description="Cancel the order")
    def cancel(self, message: Cancellation) -> Accepted:
        """Cancel."""
        return _act(self, Action.CANCEL, message)

    @cancel.validator
    def _check_cancel(self, message: Cancellation) -> None:
        _check(self, Action.CANCEL, message)

    @workflow.signal(name="cancel")
    def _cancel_signal(self, message: Cancellation) -> None:
        _hear(self, Action.CANCEL, message)

    @workflow.update(description="Let somebody else decide")
    def reassign(self, message: Reassignment) -> Accepted:
        """Reassign."""
        return _act(self, Action.REASSIGN, message)

    @reassign.validator
    def _check_reassign(self, message: Reassignment) -> None:
        _check(self, Action.REASSIGN, message)

    @workflow.update(description="Take effect at another time")
    def reschedule(self, message: Rescheduling) -> Accepted:
        """Reschedule."""
        return _act(self, Action.RESCHEDULE, message)

    @reschedule.validator
    def _check_reschedule(self, message: Rescheduling) -> None:
        _check(self, Action.RESCHEDULE, message)

    @workflow.update(description="The device is in hand: start service on it")
    def activate(self, message: Activation) -> Accepted:
        """Activate."""
        return _act(self, Action.ACTIVATE, message)

    @activate.validator
    def _check_activate(self, message: Activation) -> None:
        _check(self, Action.ACTIVATE, message)

    @workflow.update(description="Try the failed step again")
    def retry(self, message: Repair) -> Accepted:
        """Retry."""
        return _act(self, Action.RETRY, message)

    @retry.validator
    def _check_retry(self, message: Repair) -> None:
        _check(self, Action.RETRY, message)

    @workflow.update(description="The carrier's part was done by hand")
    def complete_by_hand(self, message: Repair) -> Accepted:
        """Complete by hand."""
        return _act(self, Action.COMPLETE_BY_HAND, message)

    @complete_by_hand.validator
    def _check_complete_by_hand(self, message: Repair) -> None:
        _check(self, Action.COMPLETE_BY_HAND, message)

    @workflow.signal(name="carrier_news", description="What the carrier reports")
    def carrier_news(self, news: CarrierNews) -> None:
        """Hear of the carrier; each of its events counts once."""
        hear(self, news)

    @workflow.signal(name="line_free", description="Another order has let go of a line")
    def line_free(self, _: dict[str, Any]) -> None:
        """Look again whether the line can be held."""
        self.lines_freed += 1


def _check(run: OrderRun, action: Action, message: Any) -> None:
    """Refuse, as an error the caller can read, what is not legal now."""
    try:
        decisions.check(run, action, message)
    except OrderError as error:
        raise ApplicationError(error.detail, error.facts, type=error.code, non_retryable=True) from error


def _act(run: OrderRun, action: Action, message: Any) -> Accepted:
    run.heard.add(message.action_id)
    decisions.act(run, action, message)
    return Accepted(status=run.status, seq=run.publisher.seq)


def _hear(run: OrderRun, action: Action, message: Any) -> None:
    """A signal cannot be answered: what is not legal is noted in the order's history, with the reason."""
    if message.action_id in run.heard:
        return
    try:
        decisions.check(run, action, message)
    except OrderError as error:
        decisions.note_refusal(run, action, message, error)
    else:
        _act(run, action, message)
