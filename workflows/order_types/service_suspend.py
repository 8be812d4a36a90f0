from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Aspect, Check, Family, Milestone, OrderType, Step, Timer
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="SERVICE_SUSPEND")
class ServiceSuspend(OrderWorkflow):
    """The carrier stops service on lines until they are resumed. Number, plan and device stay."""

    order_type = OrderType(
        code="SERVICE_SUSPEND",
        family=Family.DELETE,
        title="Suspend line",
        asks=(Ask.LINE, Ask.SUSPEND_REASON, Ask.BILLING, Ask.RESUME_ON),
        checks=(
            Check.REQUESTER_MAY_ORDER,
            Check.LINE_ACTIVE,
            Check.LINES_TOGETHER,
            Check.SUSPEND_REASON_ALLOWED,
            Check.RESUME_DATE_IN_RANGE,
            Check.WITHIN_CARRIERS_RULE,
            Check.EFFECTIVE_DATE_IN_RANGE,
        ),
        steps=(Step.RULE, Step.APPROVE, Step.SCHEDULE, Step.PLACE, Step.FULFILL, Step.APPLY),
        touches=(Aspect.STATUS,),
        approval="MANAGER_THEN_ADMIN",
        carrier_action="suspend",
        effect="suspend_line",
        cancellable_until=Milestone.PLACED,
        inverse="SERVICE_RESUME",
        multi_line=True,
        timer=Timer.SUSPENSION,
        done="The line is suspended.",
        done_for_many="The lines are suspended.",
        order_title="Suspend {subject}",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
