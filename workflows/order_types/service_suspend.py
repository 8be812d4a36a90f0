from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Aspect, Family, Milestone, OrderType, Step, Template, Timer
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
            "requester_may_order",
            "line_active",
            "lines_together",
            "suspend_reason_allowed",
            "resume_date_in_range",
            "within_carriers_rule",
            "effective_date_in_range",
        ),
        steps=(Step.RULE, Step.APPROVE, Step.SCHEDULE, Step.PLACE, Step.FULFILL, Step.APPLY),
        touches=(Aspect.STATUS,),
        approval=Template.MANAGER_THEN_ADMIN,
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
