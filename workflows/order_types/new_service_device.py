from temporalio import workflow

from models.lifecycle import ItemState
from models.order import Order, Outcome
from models.order_type import CancelWindow, Family, Milestone, OrderType, Subject, Texts
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Activate, Apply, Approve, Fulfill, Place, Reserve, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="NEW_SERVICE_DEVICE")
class NewServiceDevice(OrderWorkflow):
    """New lines, each with a new device."""

    order_type = OrderType(
        code="NEW_SERVICE_DEVICE",
        family=Family.NEW,
        subject=Subject.NONE,
        questions=(
            Asked("device"),
            Asked("plan", by=Source.CATALOG),
            Asked("features", by=Source.NONE),
            Asked("features_end_on", by=Source.CHECK),
            Asked("ending_features", at=AskedAt.NEVER, by=Source.CATALOG),
            Asked("accessories", by=Source.NONE),
            Asked("sim_type", by=Source.CATALOG),
            Asked("area_code", by=Source.EMPLOYEE),
            Asked("service_zip", by=Source.EMPLOYEE),
            Asked("payment_term", by=Source.POLICY),
            Asked("ship_to", by=Source.EMPLOYEE),
            Asked("expedite", by=Source.NONE),
            Asked("recurring_charges"),
            Asked("use_policy", who=Answerer.BENEFICIARY),
            Asked("imei", at=AskedAt.LATE, by=Source.CARRIER, who=Answerer.BENEFICIARY),
            Asked("iccid", at=AskedAt.LATE, by=Source.CARRIER, who=Answerer.BENEFICIARY),
            Asked("eid", at=AskedAt.LATE, by=Source.CARRIER, who=Answerer.BENEFICIARY),
        ),
        checks=(
            "requester_may_order",
            "beneficiary_active",
            "account_active",
            "billed_by_carrier",
            "in_catalog",
            "plan_fits_device",
            "accessories_fit",
            "features_fit",
            "last_day_known",
            "sim_type_fits",
            "line_allowance",
            "cost_center_valid",
            "effective_date_in_range",
        ),
        steps=(
            Rule(),
            Approve(),
            Schedule(),
            Reserve(),
            Place("new_line"),
            Fulfill(until=ItemState.AWAITING_ACTIVATION),
            Activate(),
            Apply(),
        ),
        approval="MANAGER_THEN_BUDGET",
        effect="new_line",
        cancel_window=CancelWindow(Milestone.SHIPPED),
        multi_line=True,
        texts=Texts(title="New line and device", done="The line is active.", done_for_many="The lines are active."),
        follow_ups=("RETURN",),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
