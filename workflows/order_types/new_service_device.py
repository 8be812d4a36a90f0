from temporalio import workflow

from models.asks import Ask
from models.order import Order, Outcome
from models.order_type import Check, Family, Milestone, OrderType, Step
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
            Check.REQUESTER_MAY_ORDER,
            Check.BENEFICIARY_ACTIVE,
            Check.ACCOUNT_ACTIVE,
            Check.IN_CATALOG,
            Check.PLAN_FITS_DEVICE,
            Check.ACCESSORIES_FIT,
            Check.FEATURES_FIT,
            Check.SIM_TYPE_FITS,
            Check.LINE_ALLOWANCE,
            Check.COST_CENTER_VALID,
            Check.EFFECTIVE_DATE_IN_RANGE,
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
        approval="MANAGER_THEN_BUDGET",
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
