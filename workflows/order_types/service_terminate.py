from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, CancelWindow, Family, Milestone, OrderType, Subject, Texts, Variant
from models.question import Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Return, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="SERVICE_TERMINATE")
class ServiceTerminate(OrderWorkflow):
    """Lines end. For a time that depends on the carrier they can be reconnected; then their numbers are lost."""

    order_type = OrderType(
        code="SERVICE_TERMINATE",
        family=Family.DELETE,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("end_reason"),
            Asked("end_reason_text", by=Source.CHECK),
            Asked("effective", by=Source.POLICY),
            Asked("device_goes", by=Source.CHECK),
            Asked("wipe_confirmed", by=Source.CHECK),
            Asked("account_removed", by=Source.CHECK),
            Asked("critical_ack", by=Source.CHECK),
            Asked("leaver_ack", by=Source.CHECK),
            Asked("undo_until", at=AskedAt.NEVER, by=Source.POLICY),
            Asked("fee_ack", by=Source.CHECK),
            Asked("final_ack", by=Source.CHECK),
        ),
        checks=(
            "requester_may_order",
            "line_to_end",
            "line_stays_here",
            "lines_together",
            "billed_by_carrier",
            "reason_given",
            "end_known",
            "device_settled",
            "data_still_shared",
            "number_given_up",
            "leaver_has_decided",
            "carrier_accepts",
            "fee_accepted",
            "loss_accepted",
            "effective_date_in_range",
        ),
        steps=(
            Rule(),
            Approve(),
            Schedule(),
            Place("terminate"),
            Fulfill(),
            Apply(),
        ),
        touches=(Aspect.DEVICE, Aspect.SIM, Aspect.PLAN, Aspect.FEATURES, Aspect.NUMBER, Aspect.STATUS),
        approval="MANAGER_THEN_ADMIN_OF_NUMBERS",
        effect="terminate_line",
        step_up=True,
        multi_line=True,
        quote=True,
        variants=(
            Variant(
                question="effective",
                equals="bill_cycle",
                changes={"cancel_window": CancelWindow(Milestone.PLACED, days_before_start=1)},
            ),
            Variant(
                question="device_goes",
                equals="return_to_carrier",
                changes={
                    "steps": (
                        Rule(),
                        Approve(),
                        Schedule(),
                        Place("terminate"),
                        Fulfill(),
                        Apply(),
                        Return(cause="terminate", question="device_goes", equals="return_to_carrier"),
                    )
                },
            ),
        ),
        texts=Texts(
            title="Disconnect line",
            order_title="Disconnect {subject}",
            approve="{title}?",
            done="The line is disconnected.",
            done_for_many="The lines are disconnected.",
        ),
        inverse="SERVICE_RESUME",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
