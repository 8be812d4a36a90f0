from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Aspect, Check, Family, Milestone, OrderType, Step
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
            Check.REQUESTER_MAY_ORDER,
            Check.BENEFICIARY_ACTIVE,
            Check.LINE_IN_USE,
            Check.LINES_TOGETHER,
            Check.NEW_HOLDER,
            Check.LINE_ALLOWANCE,
            Check.COST_CENTER_VALID,
            Check.EFFECTIVE_DATE_IN_RANGE,
        ),
        steps=(Step.RULE, Step.APPROVE, Step.SCHEDULE, Step.APPLY),
        touches=(Aspect.HOLDER, Aspect.DEVICE),
        approval="BOTH_MANAGERS",
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
