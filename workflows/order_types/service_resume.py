from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, Family, OrderType, Subject, Texts, Variant
from models.question import Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="SERVICE_RESUME")
class ServiceResume(OrderWorkflow):
    """Suspended lines have service again. Number, plan and device stay."""

    order_type = OrderType(
        code="SERVICE_RESUME",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("suspended_for", at=AskedAt.NEVER, by=Source.LINE),
            Asked("device_in_hand", by=Source.CHECK),
            Asked("plan", by=Source.CHECK),
        ),
        checks=(
            "requester_may_order",
            "line_stopped",
            "lines_together",
            "billed_by_carrier",
            "device_found",
            "device_not_blocked",
            "plan_offered",
            "in_catalog",
            "plan_fits_line",
            "effective_date_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Place("resume"), Fulfill(), Apply()),
        touches=(Aspect.STATUS,),
        approval="MANAGER_UNLESS_PLANNED",
        effect="resume_line",
        multi_line=True,
        variants=tuple(
            Variant(question="suspended_for", equals=reason, changes={"step_up": True})
            for reason in ("lost", "stolen", "fraud")
        ),
        texts=Texts(
            title="Resume line",
            order_title="Resume {subject}",
            done="The line has service again.",
            done_for_many="The lines have service again.",
        ),
        inverse="SERVICE_SUSPEND",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
