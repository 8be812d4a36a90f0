from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, CancelWindow, Family, Milestone, OrderType, Subject, Texts
from models.question import Answerer, Asked, Source
from models.step import Apply, Approve, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="LINE_REASSIGN")
class LineReassign(OrderWorkflow):
    """Another employee takes over a line, with or without its device. The carrier is not involved."""

    order_type = OrderType(
        code="LINE_REASSIGN",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line"),
            Asked("device_moves", by=Source.POLICY),
            Asked("charge_move", by=Source.POLICY),
            Asked("use_policy", who=Answerer.BENEFICIARY),
        ),
        checks=(
            "requester_may_order",
            "beneficiary_active",
            "line_in_use",
            "lines_together",
            "new_holder",
            "line_allowance",
            "cost_center_valid",
            "effective_date_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Apply()),
        touches=(Aspect.HOLDER, Aspect.DEVICE),
        approval="BOTH_MANAGERS",
        effect="reassign_line",
        cancel_window=CancelWindow(Milestone.APPROVED),
        multi_line=True,
        texts=Texts(
            title="Reassign line",
            order_title="{subject} to {beneficiary}",
            approve="Reassign {title}?",
            done="The line is reassigned.",
            done_for_many="The lines are reassigned.",
        ),
        inverse="LINE_REASSIGN",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
