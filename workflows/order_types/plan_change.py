from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, CancelWindow, Family, Milestone, OrderType, Subject, Texts
from models.question import Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="PLAN_CHANGE")
class PlanChange(OrderWorkflow):
    """Lines get another plan of their carrier. Features that the new plan doesn't offer end."""

    order_type = OrderType(
        code="PLAN_CHANGE",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("plan"),
            Asked("kept_features", at=AskedAt.NEVER, by=Source.LINE),
            Asked("lost_features", by=Source.NONE),
            Asked("plan_starts", by=Source.POLICY),
        ),
        checks=(
            "requester_may_order",
            "line_active",
            "lines_together",
            "billed_by_carrier",
            "in_catalog",
            "other_plan",
            "plan_unchanged",
            "plan_fits_line",
            "lost_features_accepted",
            "start_known",
            "contract_ended",
            "plan_change_left",
            "shared_plans_kept",
            "cost_center_valid",
            "effective_date_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Place("change_plan"), Fulfill(), Apply()),
        effect="change_plan",
        touches=(Aspect.PLAN, Aspect.FEATURES),
        approval="BY_COST",
        cancel_window=CancelWindow(Milestone.PLACED, days_before_start=1),
        multi_line=True,
        texts=Texts(
            title="Change plan",
            order_title="{subject} to {product}",
            approve="Move {title}?",
            done="The new plan is active.",
            done_for_many="The new plans are active.",
        ),
        inverse="PLAN_CHANGE",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
