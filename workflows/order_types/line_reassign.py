"""Line reassignment: lines change hands inside the company; the carrier takes no part."""

from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Aspect, Check, Family, Milestone, OrderType, Step, Template
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="LINE_REASSIGN")
class LineReassign(OrderWorkflow):
    """Somebody takes over a line that another one holds, with or without its device."""

    order_type = OrderType(
        code="LINE_REASSIGN",
        family=Family.MODIFY,
        title="Line reassignment",
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
        approval=Template.BOTH_MANAGERS,
        effect="reassign_line",
        cancellable_until=Milestone.APPROVED,
        multi_line=True,
        done="The new holder has taken over.",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        """Carry the order to its end."""
        return await self.fulfill(order)
