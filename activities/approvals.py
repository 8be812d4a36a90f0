"""Asking approvers to decide, and requesters for more information."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from temporalio import activity

from activities.history import StepInput, append_events
from models.approval_plan import AskedStage, Deadlines, Stage
from models.db.catalog import policy_versions
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.session import Database
from models.order import OrderEvent
from policies import deadlines


@dataclass(frozen=True, kw_only=True)
class RequestApprovalInput(StepInput):
    """The activity completes `event` with the approvers and deadlines."""

    stage: Stage
    round: int
    event: OrderEvent


@dataclass(frozen=True, kw_only=True)
class RequestInfoInput(StepInput):
    """The activity completes `question` with the deadline."""

    question: OrderEvent


class ApprovalActivities:
    """All are idempotent: an event is recorded once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def request_approval(self, request: RequestApprovalInput) -> AskedStage:
        """Ask a stage's approvers to decide; returns the deadlines, in business hours."""
        async with self._database.transaction() as session:
            row, items = await order_values.lock_rows(session, request.ref)
            order, stage = order_values.from_rows(row, items), _stage_today(request, row)
            times = deadlines.stage_deadlines(await policy_versions.newest(session, order.tenant), request.event.at)
            asked = approval_needed(request.event, stage, times, request.round)
            await append_events(session, order, (*request.earlier_events, asked))
        return AskedStage(**vars(times), stage=stage if stage != request.stage else None)

    @activity.defn
    async def request_info(self, request: RequestInfoInput) -> datetime:
        """Ask the requester; returns the deadline for an answer, in business hours."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            expiry = deadlines.info_expiry(await policy_versions.newest(session, order.tenant), request.question.at)
            asked = replace(request.question, due_at=expiry)
            await append_events(session, order, (*request.earlier_events, asked))
        return expiry


def _stage_today(request: RequestApprovalInput, row: OrderRow) -> Stage:
    """The stage as planned again for people who have moved since the order was submitted.

    After an answer to a question, those are asked again who were asked before.
    """
    if dict(request.event.data).get("after_info"):
        return request.stage
    plan = order_values.ruling_of(row).plan
    return next((stage for stage in plan if stage.number == request.stage.number), request.stage)


def approval_needed(event: OrderEvent, stage: Stage, times: Deadlines, round_number: int) -> OrderEvent:
    """The event that asks a stage's approvers to decide."""
    return replace(
        event,
        due_at=times.reminders[0] if times.reminders else times.escalation,
        data=(
            ("round", round_number),
            ("stage", stage.number),
            ("label", stage.label),
            ("why", stage.why),
            ("approvers", [asdict(approver) for approver in stage.approvers]),
            ("reminders", [moment.isoformat() for moment in times.reminders]),
            ("escalation", times.escalation.isoformat()),
            ("expiry", times.expiry.isoformat()),
            *event.data,
        ),
    )
