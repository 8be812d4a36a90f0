from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Family, Milestone, OrderType, Step, Template
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="NEW_SERVICE_DEVICE")
class NewServiceDevice(OrderWorkflow):
    """New lines, each with a new device."""

    order_type = OrderType(
        code="NEW_SERVICE_DEVICE",
        family=Family.NEW,
        title="New line and device",
        asks=(
            Ask.DEVICE,
            Ask.PLAN,
            Ask.FEATURES,
            Ask.ACCESSORIES,
            Ask.SIM_TYPE,
            Ask.AREA_CODE,
            Ask.SERVICE_ZIP,
            Ask.PAYMENT_TERM,
            Ask.SHIP_TO,
            Ask.EXPEDITE,
            Ask.RECURRING_CHARGES,
            Ask.USE_POLICY,
            Ask.IMEI,
            Ask.ICCID,
            Ask.EID,
        ),
        checks=(
            "requester_may_order",
            "beneficiary_active",
            "account_active",
            "in_catalog",
            "plan_fits_device",
            "accessories_fit",
            "features_fit",
            "sim_type_fits",
            "line_allowance",
            "cost_center_valid",
            "effective_date_in_range",
        ),
        steps=(
            Step.RULE,
            Step.APPROVE,
            Step.SCHEDULE,
            Step.RESERVE,
            Step.PLACE,
            Step.FULFILL,
            Step.ACTIVATE,
            Step.APPLY,
        ),
        approval=Template.MANAGER_THEN_BUDGET,
        carrier_action="new_line",
        effect="new_line",
        cancellable_until=Milestone.SHIPPED,
        multi_line=True,
        done="The line is active.",
        done_for_many="The lines are active.",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
