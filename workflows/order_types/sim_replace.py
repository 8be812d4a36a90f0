from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, Family, OrderType, Subject, Texts, Variant
from models.question import Asked, Source
from models.step import Apply, Approve, Fulfill, NotifyHolder, Place, Rule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="SIM_REPLACE")
class SimReplace(OrderWorkflow):
    """Lines get a SIM card that is on hand. Number, plan, features and device stay."""

    order_type = OrderType(
        code="SIM_REPLACE",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("iccid"),
            Asked("sim_reason"),
        ),
        checks=(
            "requester_may_order",
            "line_active",
            "lines_together",
            "billed_by_carrier",
            "sim_unprotected",
            "sim_free",
            "sim_of_carrier",
        ),
        steps=(Rule(), Approve(), NotifyHolder(), Place("change_sim"), Fulfill(), Apply()),
        effect="change_sim",
        touches=(Aspect.SIM,),
        approval="NONE",
        step_up=True,
        multi_line=True,
        variants=(Variant(question="sim_reason", equals="lost_card", changes={"approval": "MANAGER"}),),
        texts=Texts(
            title="Replace SIM",
            notice="The SIM of {lines} is about to be replaced. The SIM in the phone will then stop working.",
            notice_for_many="The SIMs of {lines} are about to be replaced. Those in the phones will then stop working.",
            order_title="Replace SIM of {subject}",
            approve="{title}?",
            done="The new SIM is active. The old one no longer works.",
            done_for_many="The new SIMs are active. The old ones no longer work.",
        ),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
