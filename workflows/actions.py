"""What may be said to an order and what it does: a check and an act for every action."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.errors import (
    AlreadyDecided,
    IllegalTransition,
    InvalidRequest,
    NotYourDecision,
    OrderClosed,
    ReasonRequired,
    TooLateToCancel,
)
from models.lifecycle import Action, Event, ItemState, Status, require
from models.order import (
    Activation,
    Cancellation,
    Decision,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    Reassignment,
    Rescheduling,
)
from models.order_type import Milestone
from workflows.progress import OpenStage
from workflows.state import OrderState
from workflows.steps.place import begin_canceling, stop_asking


def check(run: OrderState, action: Action, message: Any) -> None:
    """Raise the OrderError that says why `message` is not legal now."""
    require(action, run.status)
    if (run.ending or run.canceled_early) and action not in {Action.RETRY, Action.COMPLETE_MANUALLY}:
        raise OrderClosed("The order is ending; nothing can be done to it any more.")
    CHECKS[action](run, message)


def act(run: OrderState, action: Action, message: Any) -> None:
    """Take `message`, which has been checked, into account."""
    ACTS[action](run, message)


def note_refusal(run: OrderState, action: Action, message: Any, refusal: ApplicationError) -> None:
    """Write down that a signal was refused, and why."""
    if not run.status.final:
        run.note(Event.MESSAGE_REFUSED, message.actor, action=action, code=refusal.type, detail=refusal.message)


# --- approval ----------------------------------------------------------------


def _open(run: OrderState) -> OpenStage:
    if run.approval is None:
        raise IllegalTransition("The approvers are not asked yet.")
    return run.approval


def _check_approver(run: OrderState, message: Decision | InfoRequest) -> None:
    approval, actor = _open(run), message.actor
    if message.round not in {None, approval.round} or message.stage not in {None, approval.stage.number}:
        raise AlreadyDecided("This was asked in an earlier step of the order, which is over.")
    if approval.decided:
        raise AlreadyDecided("A decision on this step is already recorded.")
    if actor.id == run.order.requester_id:
        raise NotYourDecision("Nobody decides on their own request.")
    if actor.acts_as not in approval.pending and not actor.admin:
        if actor.acts_as in approval.seen:
            raise AlreadyDecided("Your decision is already recorded.")
        raise NotYourDecision("This order waits for somebody else's decision.")


def _check_reject(run: OrderState, message: Decision) -> None:
    _check_approver(run, message)
    _need(message.comment, "comment", "Please say why: the requester reads it.")


def _check_question(run: OrderState, message: InfoRequest) -> None:
    _check_approver(run, message)
    _need(message.text, "text", "Please write the question.")


def _need(text: str, field: str, detail: str) -> None:
    if not text.strip():
        raise ReasonRequired(detail, field=field)


def _decider(run: OrderState, message: Decision | InfoRequest) -> str:
    """Whose seat is decided from: the one represented, or, for an admin who steps in, the first that waits."""
    pending = _open(run).pending
    return message.actor.acts_as if message.actor.acts_as in pending else next(iter(pending))


def _approve(run: OrderState, message: Decision) -> None:
    approval = _open(run)
    approver_id = _decider(run, message)
    approval.seen.add(approver_id)
    done = approval.approve(approver_id)
    run.note(Event.APPROVED_BY, message.actor, **_step(approval, approver_id, message), stage_done=done)
    if done and approval.last:
        run.reach(Milestone.APPROVED)
        run.move(Status.APPROVED, Event.APPROVED, by=None)


def _reject(run: OrderState, message: Decision) -> None:
    approval = _open(run)
    step = _step(approval, _decider(run, message), message)
    approval.rejected = True
    run.move(Status.REJECTED, Event.REJECTED, actor=message.actor, reason=message.comment, **step)


def _step(approval: OpenStage, approver_id: str, message: Decision) -> dict[str, Any]:
    return {
        "round": approval.round,
        "stage": approval.stage.number,
        "approver_id": approver_id,
        "comment": message.comment,
    }


def _ask(run: OrderState, message: InfoRequest) -> None:
    approval = _open(run)
    asked_by = _decider(run, message)
    run.set_status(Status.INFO_REQUESTED)
    # Not posted: the activity that sets the deadline for an answer writes it.
    approval.question = run.next_entry(
        Event.INFO_REQUESTED,
        Status.INFO_REQUESTED,
        actor=message.actor,
        question=message.text,
        asked_by=asked_by,
        round=approval.round,
        stage=approval.stage.number,
    )


def _check_reassign(run: OrderState, message: Reassignment) -> None:
    approval = _open(run)
    if approval.decided or message.from_id not in approval.pending:
        raise AlreadyDecided("This person is not asked (any more).", field="from_id")
    if message.to.person_id == run.order.requester_id:
        raise NotYourDecision("Nobody decides on their own request.", field="to")


def _reassign(run: OrderState, message: Reassignment) -> None:
    approval = _open(run)
    approval.pending.pop(message.from_id)
    approval.pending[message.to.person_id] = message.to
    if message.from_id in approval.above:
        approval.above.add(message.to.person_id)
    run.note(
        Event.REASSIGNED,
        message.actor,
        round=approval.round,
        stage=approval.stage.number,
        from_id=message.from_id,
        to={"person_id": message.to.person_id, "name": message.to.name},
        reason=message.reason,
    )


# --- answers -----------------------------------------------------------------


def _check_reply(run: OrderState, message: InfoResponse) -> None:
    if run.status is Status.INFO_REQUESTED and _open(run).answered:
        raise AlreadyDecided("This question is answered already.")
    if not message.fields:
        _need(message.text, "text", "Please write the answer.")


def _reply(run: OrderState, message: InfoResponse) -> None:
    if run.status is Status.INFO_REQUESTED:
        _open(run).answered = True
        run.note(Event.INFO_PROVIDED, message.actor, answer=message.text)
    else:
        run.corrections.append(message)


# --- canceling, scheduling, activating, repairing ---------------------------


def _check_cancel(run: OrderState, message: Cancellation) -> None:
    if run.status is Status.FAILED:
        if all(failure.undoing for failure in run.failures):
            raise IllegalTransition("What failed is an undo; retry it, or complete it by hand.")
    elif run.cancellation is not None:
        raise IllegalTransition("The order is being canceled already.")
    elif run.passed(run.order.type.cancellable_until):
        raise TooLateToCancel(_too_late(run))
    if message.actor.id != run.order.requester_id:
        _need(message.reason, "reason", "Please say why: the requester reads it.")


def _too_late(run: OrderState) -> str:
    """When canceling ended, and what can be done instead."""
    kind = run.order.type
    if run.status is Status.SCHEDULED:
        instead = "it can be moved to another day"
    else:
        instead = "start a return" if kind.ships else "place another order that changes it back"
    return f"Canceling ends when such an order is {kind.cancellable_until.lower()}; {instead} instead."


def _cancel(run: OrderState, message: Cancellation) -> None:
    run.cancellation = message
    if run.status is Status.FAILED:
        stop_asking(run)
    elif run.placed:
        begin_canceling(run, message)


def _check_reschedule(_: OrderState, message: Rescheduling) -> None:
    if message.effective_at <= workflow.now():
        raise InvalidRequest("The new time must lie ahead.", field="effective_at")


def _reschedule(run: OrderState, message: Rescheduling) -> None:
    run.effective_at = message.effective_at
    run.move(
        Status.SCHEDULED,
        Event.SCHEDULED,
        actor=message.actor,
        due_at=message.effective_at,
        effective_at=message.effective_at.isoformat(),
    )


def _check_activation(run: OrderState, message: Activation) -> None:
    progress = run.progress.get(message.item_id)
    if progress is None:
        raise InvalidRequest("The order has no such item.", field="item_id")
    if progress.state not in {ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION} or progress.fulfilled:
        raise IllegalTransition(f"This item is {progress.state}; it cannot be activated now.", field="item_id")
    if progress.activation is not None:
        raise IllegalTransition("This item is being activated already.", field="item_id")


def _activate(run: OrderState, message: Activation) -> None:
    run.progress[message.item_id].activation = message


def _check_by_hand(run: OrderState, message: OperatorAction) -> None:
    if not all(failure.by_hand for failure in run.failures):
        raise IllegalTransition("Only what is done outside Dialtone can be done by hand; retry this step, or cancel.")
    _need(message.evidence, "evidence", "Please say what was done, and where it can be looked up.")


def _retry(run: OrderState, message: OperatorAction) -> None:
    for failure in run.failures:
        failure.repair = (Action.RETRY, message)


def _by_hand(run: OrderState, message: OperatorAction) -> None:
    for failure in run.failures:
        failure.repair = (Action.COMPLETE_MANUALLY, message)


def _nothing_to_check(_: OrderState, __: OperatorAction) -> None:
    """Whether an order failed is all that matters, and its status says so."""


Handler = Callable[[OrderState, Any], None]

CHECKS: Mapping[Action, Handler] = MappingProxyType(
    {
        Action.APPROVE: _check_approver,
        Action.REJECT: _check_reject,
        Action.REQUEST_INFO: _check_question,
        Action.PROVIDE_INFO: _check_reply,
        Action.REASSIGN: _check_reassign,
        Action.CANCEL: _check_cancel,
        Action.RESCHEDULE: _check_reschedule,
        Action.ACTIVATE: _check_activation,
        Action.RETRY: _nothing_to_check,
        Action.COMPLETE_MANUALLY: _check_by_hand,
    }
)

ACTS: Mapping[Action, Handler] = MappingProxyType(
    {
        Action.APPROVE: _approve,
        Action.REJECT: _reject,
        Action.REQUEST_INFO: _ask,
        Action.PROVIDE_INFO: _reply,
        Action.REASSIGN: _reassign,
        Action.CANCEL: _cancel,
        Action.RESCHEDULE: _reschedule,
        Action.ACTIVATE: _activate,
        Action.RETRY: _retry,
        Action.COMPLETE_MANUALLY: _by_hand,
    }
)
