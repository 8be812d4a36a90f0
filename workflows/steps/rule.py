"""RULE: ask the rules what the order costs, whether it may be, and who approves it."""

from temporalio import workflow

from activities.rule import RuleActivities, RuleCall, Ruled
from models.lifecycle import Status
from models.order import Approver, OrderEvent
from models.order_type import Milestone, Step
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.progress import OpenStage, OrderEnded
from workflows.state import OrderState


async def rule(run: OrderState) -> None:
    """Take the ruling over; the activity has written where it leaves the order, first approvers asked."""

    async def call(earlier: tuple[OrderEvent, ...]) -> Ruled:
        request = RuleCall(ref=run.order.ref, seq=run.publisher.next_seq(), at=workflow.now(), earlier=earlier)
        return await workflow.execute_activity_method(RuleActivities.rule, request, **db_activity("rule"))

    ruled = await run_step(run, Step.RULE, call, opens=True)
    run.ruling = ruled.ruling
    if not ruled.ruling.allowed:
        run.set_status(Status.REJECTED)
        raise OrderEnded(Status.REJECTED)
    if ruled.clock is None:
        run.set_status(Status.APPROVED)
        run.reach(Milestone.APPROVED)
    else:
        run.set_status(Status.AWAITING_APPROVAL)
        stage = ruled.ruling.plan[0]
        pending: dict[str, Approver] = {asked.person_id: asked for asked in stage.approvers}
        last = len(ruled.ruling.plan) == 1
        run.approval = OpenStage(stage=stage, round=1, clock=ruled.clock, pending=pending, last=last)
    run.raise_if_canceled()
