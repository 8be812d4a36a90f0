from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, Family, OrderType, Subject, Texts
from models.question import Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="FEATURES_CHANGE")
class FeaturesChange(OrderWorkflow):
    """Features are added to lines, or removed from them, in one request to the carrier."""

    order_type = OrderType(
        code="FEATURES_CHANGE",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("add_features", by=Source.NONE),
            Asked("remove_features", by=Source.NONE),
            Asked("replace_conflicting", by=Source.POLICY),
            Asked("replaced_features", at=AskedAt.NEVER, by=Source.LINE),
            Asked("moved_features", at=AskedAt.NEVER, by=Source.LINE),
            Asked("destination", by=Source.CHECK),
            Asked("starts_on", at=AskedAt.NEVER, by=Source.POLICY),
            Asked("ends_on", by=Source.NONE),
            Asked("ends_at_carrier", at=AskedAt.NEVER, by=Source.POLICY),
        ),
        checks=(
            "requester_may_order",
            "line_active",
            "lines_together",
            "billed_by_carrier",
            "something_changes",
            "in_catalog",
            "features_on_as_said",
            "features_fit_line",
            "no_conflicts",
            "mandatory_kept",
            "trip_known",
            "cost_center_valid",
            "start_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Place("change_features"), Fulfill(), Apply()),
        effect="change_features",
        touches=(Aspect.FEATURES,),
        approval="BY_COST",
        multi_line=True,
        texts=Texts(
            title="Add or remove features",
            order_title="{product} for {subject}",
            approve="{title}?",
            done="The features are changed.",
            done_for_many="The features are changed.",
        ),
        inverse="FEATURES_CHANGE",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
