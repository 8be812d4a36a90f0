from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Aspect, Family, Milestone, OrderType, Step, Template
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="LINE_REASSIGN")
class LineReassign(OrderWorkflow):
    """Another employee takes over a line, with or without its device. The carrier is not involved."""

    order_type = OrderType(
        code="LINE_REASSIGN",
        family=Family.MODIFY,
        title="Reassign line",
        asks=(Ask.LINE, Ask.DEVICE_MOVES, Ask.CHARGE_MOVE, Ask.USE_POLICY),
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
        steps=(Step.RULE, Step.APPROVE, Step.SCHEDULE, Step.APPLY),
        touches=(Aspect.HOLDER, Aspect.DEVICE),
        approval=Template.BOTH_MANAGERS,
        effect="reassign_line",
        cancellable_until=Milestone.APPROVED,
        multi_line=True,
        done="The line is reassigned.",
        done_for_many="The lines are reassigned.",
        order_title="{subject} to {beneficiary}",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
