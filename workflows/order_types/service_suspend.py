from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, Family, OrderType, Subject, Texts
from models.question import Asked, Source
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="SERVICE_SUSPEND")
class ServiceSuspend(OrderWorkflow):
    """The carrier stops service on lines until they are resumed. Number, plan and device stay."""

    order_type = OrderType(
        code="SERVICE_SUSPEND",
        family=Family.DELETE,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("suspend_reason"),
            Asked("billing", by=Source.POLICY),
            Asked("resume_on", by=Source.NONE),
        ),
        checks=(
            "requester_may_order",
            "line_active",
            "lines_together",
            "billed_by_carrier",
            "resume_date_in_range",
            "within_carriers_rule",
            "effective_date_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Place("suspend"), Fulfill(), Apply()),
        touches=(Aspect.STATUS,),
        approval="MANAGER_THEN_ADMIN",
        effect="suspend_line",
        multi_line=True,
        texts=Texts(
            title="Suspend line",
            order_title="Suspend {subject}",
            approve="{title}?",
            done="The line is suspended.",
            done_for_many="The lines are suspended.",
        ),
        inverse="SERVICE_RESUME",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
