"""APPROVE: run the stages of the approval plan, one after the other."""

from dataclasses import asdict, replace
from datetime import datetime
from operator import itemgetter
from typing import NoReturn

from temporalio import workflow

from activities.approvals import ApprovalActivities, RequestApprovalInput, RequestInfoInput
from models.approval_plan import AskedStage, Deadlines, Stage
from models.event import Event
from models.events.approval import APPROVAL_NEEDED, ESCALATED, EXPIRED, REMINDER
from models.lifecycle import Status
from models.order import OrderEvent
from models.order_type import Milestone
from models.step import Approve
from workflows.activity_options import db_activity
from workflows.open_stage import OpenStage
from workflows.operator_retry import run_step
from workflows.state import OrderEnded, OrderState


async def approve(state: OrderState, _: Approve) -> None:
    """Raises OrderEnded if an approver rejects the order, or if it expires without a decision."""
    await decide_stages(state)
    state.mark_reached(Milestone.APPROVED)


async def decide_stages(state: OrderState) -> None:
    """Run the stages of the present plan. The first may have been asked already."""
    assert state.ruling is not None
    for stage in state.ruling.plan:
        approval = state.approval
        if approval is None or approval.stage.number != stage.number:
            approval = await _request_approval(state, stage, round_number=approval.round if approval else 1)
        while not approval.approved:
            await _wait_for_decision(state, approval)
            if approval.question is not None:
                approval = await _wait_for_answer(state, approval, approval.question)
    state.approval = None


async def _request_approval(
    state: OrderState, stage: Stage, *, round_number: int, after_info: bool = False
) -> OpenStage:
    """Ask the approvers of a stage to decide."""

    async def call(earlier: tuple[OrderEvent, ...]) -> AskedStage:
        event = state.next_event(APPROVAL_NEEDED, Status.AWAITING_APPROVAL, after_info=after_info)
        return await workflow.execute_activity_method(
            ApprovalActivities.request_approval,
            RequestApprovalInput(
                ref=state.order.ref, stage=stage, round=round_number, event=event, earlier_events=earlier
            ),
            **db_activity(f"ask {stage.label}"),
        )

    asked = await run_step(state, Approve.kind, call, blocks_messages=True)
    approval = state.begin_stage(asked.stage or stage, round_number, asked)
    state.raise_if_canceled()
    return approval


async def _wait_for_decision(state: OrderState, approval: OpenStage) -> None:
    """Wait for a decision or a question; remind, escalate and expire meanwhile."""
    timeouts = _timeouts(approval.deadlines)
    for number, (moment, event) in enumerate(timeouts, start=1):
        if await state.wait_until(lambda: approval.interrupted_or_decided, deadline=moment):
            break
        if event is EXPIRED:
            _expire(state, approval)
        next_timeout, _ = timeouts[number]
        if event is REMINDER:
            _remind(state, approval, due_at=next_timeout)
        else:
            _escalate(state, approval, due_at=next_timeout)
    if approval.rejected:
        raise OrderEnded(Status.REJECTED)


def _timeouts(deadlines: Deadlines) -> list[tuple[datetime, Event]]:
    """When each reminder, the escalation and, last, the expiry are due, by time."""
    reminders = [(moment, REMINDER) for moment in deadlines.reminders if moment < deadlines.expiry]
    return [*sorted([(deadlines.escalation, ESCALATED), *reminders], key=itemgetter(0)), (deadlines.expiry, EXPIRED)]


def _expire(state: OrderState, approval: OpenStage) -> NoReturn:
    state.transition(Status.EXPIRED, EXPIRED, **approval.position)
    raise OrderEnded(Status.EXPIRED)


def _remind(state: OrderState, approval: OpenStage, *, due_at: datetime) -> None:
    approval.reminders += 1
    approvers = [asdict(approver) for approver in approval.pending.values()]
    state.record(REMINDER, due_at=due_at, approvers=approvers, count=approval.reminders, **approval.position)


def _escalate(state: OrderState, approval: OpenStage, *, due_at: datetime) -> None:
    """Ask the next level of approvers as well. Each of them can decide for those who did not respond."""
    silent = [approver.name for approver in approval.pending.values()]
    known = approval.pending.keys() | approval.approved_by
    added = {
        approver.person_id: approver for approver in approval.stage.escalates_to if approver.person_id not in known
    }
    approval.pending |= added
    approval.escalated_to |= added.keys()
    approvers = [asdict(approver) for approver in added.values()]
    state.record(ESCALATED, due_at=due_at, approvers=approvers, **approval.position, **{"from": silent})


async def _wait_for_answer(state: OrderState, approval: OpenStage, question: OrderEvent) -> OpenStage:
    """Wait for the answer to a question, then return to the stage that asked, in a new round."""
    expiry = await run_step(
        state,
        Approve.kind,
        lambda earlier: workflow.execute_activity_method(
            ApprovalActivities.request_info,
            RequestInfoInput(ref=state.order.ref, question=state.publisher.numbered(question), earlier_events=earlier),
            **db_activity("ask the requester"),
        ),
    )
    if not await state.wait_until(lambda: approval.answered, deadline=expiry):
        _expire(state, approval)
    stage = replace(approval.stage, approvers=tuple(approval.pending.values()))
    reopened = await _request_approval(state, stage, round_number=approval.round + 1, after_info=True)
    reopened.escalated_to |= approval.escalated_to
    return reopened
