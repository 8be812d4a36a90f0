"""APPROVE: each stage of the plan decides in turn; silence is reminded, escalated, and expires."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import workflow

from activities.history import HistoryActivities, QuestionOpening, StageOpening
from models.lifecycle import Event, Status
from models.order import Deadlines, OrderEvent, Stage, StageMode
from models.order_type import Milestone, Step
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.progress import OpenStage, OrderEnded
from workflows.state import OrderState

# Where all must approve, whoever is asked for the silent decides for them. Orders that were taken further before
# that was so wait for everybody still.


async def approve(run: OrderState) -> None:
    """Go through the plan; ends the order when somebody rejects, or nobody decides in time."""
    assert run.ruling is not None
    for stage in run.ruling.plan:
        approval = run.approval
        if approval is None or approval.stage.number != stage.number:
            approval = await _open(run, stage, number=approval.round if approval else 1)
        while not approval.approved:
            await _wait(run, approval)
            if approval.question is not None:
                approval = await _answered(run, approval, approval.question)
    run.approval = None
    run.reach(Milestone.APPROVED)


async def _wait(run: OrderState, approval: OpenStage) -> None:
    """Wait for a decision or a question, climbing the ladder of reminders, escalation and expiry."""
    for moment, rung in _ladder(approval.clock):
        if await run.until(lambda: approval.decided, at=moment, waiting=f"{rung} of {approval.stage.label}"):
            break
        _climb(run, approval, rung)
    if approval.rejected:
        raise OrderEnded(Status.REJECTED)


def _ladder(clock: Deadlines) -> list[tuple[datetime, Event]]:
    rungs = [(moment, Event.REMINDER) for moment in clock.reminders if moment < clock.expiry]
    return [*sorted([*rungs, (clock.escalation, Event.ESCALATED)]), (clock.expiry, Event.EXPIRED)]


def _climb(run: OrderState, approval: OpenStage, rung: Event) -> None:
    step: dict[str, Any] = {"round": approval.round, "stage": approval.stage.number}
    following = next((moment for moment, _ in _ladder(approval.clock) if moment > workflow.now()), None)
    waiting = [{"person_id": asked.person_id, "name": asked.name} for asked in approval.pending.values()]
    if rung is Event.EXPIRED:
        run.move(Status.EXPIRED, Event.EXPIRED, **step)
        raise OrderEnded(Status.EXPIRED)
    if rung is Event.REMINDER:
        approval.reminders += 1
        run.move(run.status, rung, due_at=following, approvers=waiting, count=approval.reminders, **step)
        return
    known = approval.pending.keys() | approval.seen
    added = [asked for asked in approval.stage.escalates_to if asked.person_id not in known]
    approval.pending |= {asked.person_id: asked for asked in added}
    if approval.stage.mode is StageMode.ALL:
        approval.above |= {asked.person_id for asked in added}
    names = [{"person_id": asked.person_id, "name": asked.name} for asked in added]
    step["from"] = [asked["name"] for asked in waiting]
    run.move(run.status, rung, due_at=following, approvers=names, **step)


async def _open(run: OrderState, stage: Stage, *, number: int, after_info: bool = False) -> OpenStage:
    """Ask the approvers of a stage that is not open yet, or again after an answer in a new round."""
    assert run.ruling is not None

    async def call(earlier: tuple[OrderEvent, ...]) -> Deadlines:
        entry = run.next_entry(Event.APPROVAL_NEEDED, Status.AWAITING_APPROVAL, after_info=after_info)
        opening = StageOpening(ref=run.order.ref, stage=stage, round=number, entry=entry, earlier=earlier)
        return await workflow.execute_activity_method(
            HistoryActivities.open_stage, opening, **db_activity(f"ask {stage.label}")
        )

    clock = await run_step(run, Step.APPROVE, call, opens=True)
    run.set_status(Status.AWAITING_APPROVAL)
    pending = {asked.person_id: asked for asked in stage.approvers}
    last = stage.number == run.ruling.plan[-1].number
    run.approval = OpenStage(stage=stage, round=number, clock=clock, pending=pending, last=last)
    run.raise_if_canceled()
    return run.approval


async def _answered(run: OrderState, approval: OpenStage, question: OrderEvent) -> OpenStage:
    """Wait for the answer to a question; it goes back to the stage that asked, in a new round."""

    async def call(earlier: tuple[OrderEvent, ...]) -> datetime:
        asking = QuestionOpening(ref=run.order.ref, question=question, earlier=earlier)
        return await workflow.execute_activity_method(
            HistoryActivities.open_question, asking, **db_activity("ask the requester")
        )

    expiry = await run_step(run, Step.APPROVE, call)
    if not await run.until(lambda: approval.answered, at=expiry, waiting="expiry of the question"):
        run.move(Status.EXPIRED, Event.EXPIRED, round=approval.round, stage=approval.stage.number)
        raise OrderEnded(Status.EXPIRED)
    waiting = replace(approval.stage, approvers=tuple(approval.pending.values()))
    again = await _open(run, waiting, number=approval.round + 1, after_info=True)
    again.above |= approval.above
    return again
