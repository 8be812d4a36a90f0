"""For every action on an order: when it is allowed, and what it does."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from temporalio import workflow

from models.errors import (
    ActionNotAllowed,
    AlreadyDecided,
    InvalidRequest,
    NotYourDecision,
    OrderClosed,
    TextRequired,
    TooLateToCancel,
)
from models.events.approval import APPROVED, APPROVED_BY, INFO_PROVIDED, INFO_REQUESTED, REASSIGNED, REJECTED
from models.events.operations import COMPLETED_MANUALLY, PLACED_AGAIN
from models.events.preparation import SCHEDULED
from models.lifecycle import Action, ItemState, Status, check_action, has_shipped, is_refused
from models.order import Ruling
from models.order_messages import (
    Activation,
    Cancellation,
    Decision,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    Reassignment,
    Replacement,
    Rescheduling,
)
from models.order_type import Milestone
from models.step import Activate
from models.typed_text import trimmed
from workflows import goods_actions
from workflows.carrier_cancel import begin_canceling, stop_asking_carrier
from workflows.corrections import check_correction, correct
from workflows.new_numbers import check_answer, note_answer
from workflows.open_stage import OpenStage
from workflows.state import OrderState
from workflows.waits import can_wait_longer, check_can_wait, wait_longer

OWN_ORDER = "People can't decide on their own orders."
REASON_REQUIRED = "Enter a reason. The requester will see it."
EVIDENCE_REQUIRED = "Describe what was done, with a reference (ticket or link)."


def check(state: OrderState, action: Action, message: Any) -> None:
    """Raise the PublicError that says why `message` is not allowed now."""
    check_action(action, state.status)
    if (state.closing or state.canceled_before_sending) and action not in {Action.RETRY, Action.COMPLETE_MANUALLY}:
        raise OrderClosed("This order is closing. You can't change it anymore.")
    _HANDLERS[action].check(state, message)


def apply(state: OrderState, action: Action, message: Any) -> None:
    """Act on a message that passed `check`."""
    _HANDLERS[action].apply(state, message)


# --- approval ----------------------------------------------------------------


def _current_stage(state: OrderState) -> OpenStage:
    if state.approval is None:
        raise ActionNotAllowed("This order isn't waiting for approval yet.")
    return state.approval


def _ruling(state: OrderState) -> Ruling:
    assert state.ruling is not None
    return state.ruling


def _check_approver(state: OrderState, message: Decision | InfoRequest) -> None:
    approval, actor = _current_stage(state), message.actor
    if message.round not in {None, approval.round} or message.stage not in {None, approval.stage.number}:
        raise AlreadyDecided("This request is from an earlier approval step. Open the order to see the current one.")
    if approval.decided:
        raise AlreadyDecided("This approval step already has a decision.")
    if not _ruling(state).may_decide(actor.id):
        raise NotYourDecision(OWN_ORDER)
    if actor.id not in approval.pending:
        if actor.id in approval.approved_by:
            raise AlreadyDecided("You already approved this request.")
        raise NotYourDecision("This order is waiting for a different approver.")


def _check_reject(state: OrderState, message: Decision) -> None:
    _check_approver(state, message)
    _require_text(message.comment, "comment", REASON_REQUIRED)


def _check_request_info(state: OrderState, message: InfoRequest) -> None:
    _check_approver(state, message)
    _require_text(message.text, "text", "Enter your question.")


def _require_text(text: str, field: str, detail: str) -> None:
    """Raise TextRequired with `detail` if `text` is blank."""
    if not trimmed(text):
        raise TextRequired(detail, field=field)


def _approve(state: OrderState, message: Decision) -> None:
    approval, approver_id = _current_stage(state), message.actor.id
    approval.approve(approver_id)
    state.record(
        APPROVED_BY,
        actor=message.actor,
        **approval.position,
        approver_id=approver_id,
        comment=message.comment,
        stage_done=approval.approved,
    )
    if approval.approved and approval.last:
        state.mark_reached(Milestone.APPROVED)
        state.transition(Status.APPROVED, APPROVED, by=None)


def _reject(state: OrderState, message: Decision) -> None:
    approval = _current_stage(state)
    approval.rejected = True
    state.transition(
        Status.REJECTED,
        REJECTED,
        actor=message.actor,
        **approval.position,
        approver_id=message.actor.id,
        comment=message.comment,
        reason=message.comment,
    )


def _request_info(state: OrderState, message: InfoRequest) -> None:
    approval, asked_by = _current_stage(state), message.actor.id
    state.set_status(Status.INFO_REQUESTED)
    # Not published here: the activity that sets the deadline for an answer records it.
    approval.question = state.next_event(
        INFO_REQUESTED,
        Status.INFO_REQUESTED,
        actor=message.actor,
        question=message.text,
        asked_by=asked_by,
        **approval.position,
    )


def _check_provide_info(state: OrderState, message: InfoResponse) -> None:
    if state.status is Status.INFO_REQUESTED and _current_stage(state).answered:
        raise AlreadyDecided("This question is already answered.")
    if message.item_id is not None:
        check_answer(state, message.item_id)
    elif state.status is Status.VENDOR_INFO_REQUIRED and not _asks(state):
        raise ActionNotAllowed("The carrier doesn't ask a question. Correct the order instead.")
    if state.status is Status.INFO_REQUESTED and message.fields:
        raise InvalidRequest("You can't change the order's answers. Enter your answer as text.", field="fields")
    if not message.fields:
        _require_text(message.text, "text", "Enter your answer.")


def _asks(state: OrderState) -> bool:
    """Whether the carrier asks something about an item."""
    return any(state.progress[item.id].has_question for item in state.open_items())


def _provide_info(state: OrderState, message: InfoResponse) -> None:
    if state.status is Status.INFO_REQUESTED:
        _current_stage(state).answered = True
        state.record(INFO_PROVIDED, actor=message.actor, answer=message.text)
    elif message.item_id is not None:
        note_answer(state, message.item_id, message)
    else:
        state.corrections.append(message)


def _check_reassign(state: OrderState, message: Reassignment) -> None:
    approval = _current_stage(state)
    if approval.decided or message.from_id not in approval.pending:
        raise AlreadyDecided("This person is no longer an approver of this step.", field="from_id")
    if not _ruling(state).may_decide(message.actor.id):
        raise NotYourDecision(OWN_ORDER)
    if message.to.person_id == message.from_id:
        raise InvalidRequest("This person already has the request. Choose someone else.", field="to_id")
    if message.to.person_id in approval.approved_by:
        raise InvalidRequest("This person has already approved this step. Choose someone else.", field="to_id")
    if not _ruling(state).may_decide(message.to.person_id):
        raise NotYourDecision(f"{OWN_ORDER} Choose a different approver.", field="to_id")


def _reassign(state: OrderState, message: Reassignment) -> None:
    approval, to = _current_stage(state), message.to
    del approval.pending[message.from_id]
    approval.pending[to.person_id] = to
    if message.from_id in approval.escalated_to:
        approval.escalated_to.add(to.person_id)
    state.record(
        REASSIGNED,
        actor=message.actor,
        **approval.position,
        from_id=message.from_id,
        to=vars(to),
        reason=message.reason,
    )


# --- canceling and rescheduling ----------------------------------------------


def _check_cancel(state: OrderState, message: Cancellation) -> None:
    _check_task(state, message)
    if state.status is Status.FAILED:
        if all(failure.compensating for failure in state.failures):
            raise ActionNotAllowed("This order is already ending. Retry the failed step or mark it as completed.")
    elif state.cancellation is not None:
        raise ActionNotAllowed("This order is already being canceled.")
    elif (too_late := _too_late_to_cancel(state)) and not is_refused([one.state for one in state.progress.values()]):
        raise TooLateToCancel(too_late)
    if message.actor.id != state.order.requester_id:
        _require_text(message.reason, "reason", REASON_REQUIRED)


def _too_late_to_cancel(state: OrderState) -> str | None:
    """Why the order can no longer be canceled, and what to do instead.

    Whether something can take it back depends on the catalog of the day on which it is complete.
    """
    closed = state.order.type.cancel_window.closed_by(state.milestone, state.effective_at, workflow.now())
    if closed is None:
        return None
    if state.status is Status.SCHEDULED:
        return f"You can't cancel this order {closed}. Reschedule it instead."
    return f"You can't cancel this order {closed}. When it's complete, its page shows what you can order next."


def _cancel(state: OrderState, message: Cancellation) -> None:
    state.cancellation = message
    if state.status is Status.FAILED:
        stop_asking_carrier(state)
    elif state.placed:
        begin_canceling(state, message)


def _check_reschedule(state: OrderState, message: Rescheduling) -> None:
    """The last day, which the caller has checked in the tenant's time zone, ends up to a day after it ends in UTC."""
    days_ahead = _ruling(state).effective_days_ahead
    if message.effective_at <= workflow.now():
        raise InvalidRequest("Choose a date in the future.", field="effective_at")
    if message.effective_at > workflow.now() + timedelta(days=days_ahead + 1):
        raise InvalidRequest(f"Choose a date in the next {days_ahead} days.", field="effective_at")


def _reschedule(state: OrderState, message: Rescheduling) -> None:
    moment = state.effective_at = message.effective_at
    state.transition(Status.SCHEDULED, SCHEDULED, actor=message.actor, due_at=moment, effective_at=moment.isoformat())


# --- activating and repairing ------------------------------------------------


def _check_activate(state: OrderState, message: Activation) -> None:
    progress = state.progress.get(message.item_id)
    if progress is None:
        raise InvalidRequest("This order has no such item.", field="item_id")
    is_delivered = progress.state in {ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION} and not progress.fulfilled
    if not is_delivered or not state.order.type.has(Activate):
        raise ActionNotAllowed("This item isn't waiting for activation.", field="item_id")
    if progress.activation is not None:
        raise ActionNotAllowed("This item is already being activated.", field="item_id")
    if progress.returned_by is not None and not progress.returned_by.is_traced:
        detail = f"Order {progress.returned_by.number} returns this item. To keep it, cancel that order first."
        raise ActionNotAllowed(detail, field="item_id")


def _activate(state: OrderState, message: Activation) -> None:
    state.progress[message.item_id].activation = message


def _check_task(state: OrderState, message: OperatorAction | Cancellation) -> None:
    """Of two people who choose at the same time, or on a step that has failed again since, only the first one acts."""
    is_current = message.task == state.open_task and (bool(state.failures) or state.hold is not None)
    is_open = is_current or goods_actions.asked_on(state, message.task)
    is_settled = state.cancellation is not None or any(failure.repair for failure in state.failures)
    is_corrected = state.hold is not None and state.hold.correction is not None
    if message.task is not None and (not is_open or is_settled or is_corrected):
        raise AlreadyDecided("This task is no longer current. Open the order to see the latest one.")


def _check_retry(state: OrderState, message: OperatorAction) -> None:
    _check_task(state, message)
    if state.status is Status.ON_HOLD and state.hold is None:
        raise ActionNotAllowed("This order waits for another order, and continues by itself.")


def _retry(state: OrderState, message: OperatorAction) -> None:
    """Repeat the failed steps, or check again whether the rules allow the order."""
    if state.hold is not None:
        state.hold.correction = message
    _repair(Action.RETRY, state, message)


def _repair(action: Action, state: OrderState, message: OperatorAction) -> None:
    for failure in state.failures:
        failure.repair = (action, message)


def _check_complete_manually(state: OrderState, message: OperatorAction) -> None:
    if state.status is Status.CANCEL_REQUESTED:
        _check_confirm_cancel(state)
    elif not all(failure.can_complete_manually for failure in state.failures):
        raise ActionNotAllowed("This step can't be completed manually. Retry it or cancel the order.")
    else:
        _check_task(state, message)
    _require_text(message.evidence, "evidence", EVIDENCE_REQUIRED)


def _check_confirm_cancel(state: OrderState) -> None:
    if state.is_cancel_confirmed:
        raise AlreadyDecided("This order is being canceled already.")
    if not (state.carrier_assessing and can_wait_longer(state)):
        raise ActionNotAllowed("The carrier still has time to answer.")


def _complete_manually(state: OrderState, message: OperatorAction) -> None:
    if state.status is not Status.CANCEL_REQUESTED:
        _repair(Action.COMPLETE_MANUALLY, state, message)
        return
    state.is_cancel_confirmed = True
    task = next((running.task for running in state.waits.values()), None)
    chosen = {"task": task, "choice": Action.COMPLETE_MANUALLY.value, "evidence": message.evidence}
    state.record(COMPLETED_MANUALLY, actor=message.actor, **chosen)


# --- what the carrier has lost -------------------------------------------------


def _check_place_again(state: OrderState, message: Replacement) -> None:
    if message.round != state.round or state.replacement is not None or state.sending:
        raise AlreadyDecided("This order was placed again already. Open the order to see where it stands.")
    if has_shipped([progress.state for progress in state.progress.values()]):
        raise ActionNotAllowed("An item has shipped already, so the order can't be placed again.")
    if not state.unfulfilled_items():
        raise ActionNotAllowed("The carrier has done everything that was ordered.")


def _place_again(state: OrderState, message: Replacement) -> None:
    state.replacement = message
    chosen = {"task": message.task, "choice": Action.PLACE_AGAIN.value, "evidence": message.evidence}
    state.record(PLACED_AGAIN, actor=message.actor, **chosen)


class _ActionHandler(NamedTuple):
    check: Callable[[OrderState, Any], None]
    apply: Callable[[OrderState, Any], None]


_HANDLERS: Mapping[Action, _ActionHandler] = MappingProxyType(
    {
        Action.APPROVE: _ActionHandler(_check_approver, _approve),
        Action.REJECT: _ActionHandler(_check_reject, _reject),
        Action.REQUEST_INFO: _ActionHandler(_check_request_info, _request_info),
        Action.PROVIDE_INFO: _ActionHandler(_check_provide_info, _provide_info),
        Action.REASSIGN: _ActionHandler(_check_reassign, _reassign),
        Action.CANCEL: _ActionHandler(_check_cancel, _cancel),
        Action.RESCHEDULE: _ActionHandler(_check_reschedule, _reschedule),
        Action.ACTIVATE: _ActionHandler(_check_activate, _activate),
        Action.RETRY: _ActionHandler(_check_retry, _retry),
        Action.COMPLETE_MANUALLY: _ActionHandler(_check_complete_manually, _complete_manually),
        Action.PLACE_AGAIN: _ActionHandler(_check_place_again, _place_again),
        Action.RECEIVE: _ActionHandler(goods_actions.check_receive, goods_actions.receive),
        Action.CONFIRM_RECEIPT: _ActionHandler(goods_actions.check_confirm_receipt, goods_actions.confirm_receipt),
        Action.CORRECT: _ActionHandler(check_correction, correct),
        Action.KEEP_WAITING: _ActionHandler(check_can_wait, wait_longer),
    }
)
