"""RULE: ask the rules what the order costs, whether it may be, and who approves it."""

from temporalio import workflow

from activities.rule import RuleCall, Ruled, Rulings
from models.lifecycle import Status
from models.order import Approver, Entry
from models.order_type import Milestone, Step
from workflows.activity_options import here
from workflows.operator_retry import attempt
from workflows.progress import Approval, Ended
from workflows.state import OrderRun


async def rule(run: OrderRun) -> None:
    """Take the ruling over; the activity has written where it leaves the order, first approvers asked."""

    async def call(earlier: tuple[Entry, ...]) -> Ruled:
        request = RuleCall(ref=run.order.ref, seq=run.publisher.next_seq(), at=workflow.now(), earlier=earlier)
        return await workflow.execute_activity_method(Rulings.rule, request, **here("rule"))

    ruled = await attempt(run, Step.RULE, call, opens=True)
    run.ruling = ruled.ruling
    if not ruled.ruling.allowed:
        run.set_status(Status.REJECTED)
        raise Ended(Status.REJECTED)
    if ruled.clock is None:
        run.set_status(Status.APPROVED)
        run.reach(Milestone.APPROVED)
    else:
        run.set_status(Status.AWAITING_APPROVAL)
        stage = ruled.ruling.plan[0]
        pending: dict[str, Approver] = {asked.person_id: asked for asked in stage.approvers}
        last = len(ruled.ruling.plan) == 1
        run.approval = Approval(stage=stage, round=1, clock=ruled.clock, pending=pending, last=last)
    run.heed_cancellation()
