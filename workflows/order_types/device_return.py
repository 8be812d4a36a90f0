from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, CancelWindow, Family, Milestone, OrderType, Subject, Texts, Variant
from models.question import Asked, AskedAt, Source
from models.step import Apply, Fulfill, OnFailure, Place, Receive, Reserve, Rule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="RETURN")
class DeviceReturn(OrderWorkflow):
    """A device goes back to the carrier or to stock. A delivery that never arrived is looked for."""

    order_type = OrderType(
        code="RETURN",
        family=Family.DELETE,
        subject=Subject.DEVICE,
        questions=(
            Asked("device_held"),
            Asked("return_cause", by=Source.POLICY),
            Asked("condition", by=Source.CHECK),
            Asked("account_removed", by=Source.CHECK),
            Asked("return_way", by=Source.POLICY),
            Asked("pickup_from", by=Source.EMPLOYEE),
            Asked("traced_parcel", by=Source.LINE, at=AskedAt.NEVER),
        ),
        checks=(
            "requester_may_order",
            "device_known",
            "devices_together",
            "returnable",
            "return_carrier_known",
            "return_not_open",
            "return_window_open",
            "device_described",
            "billed_by_carrier",
        ),
        steps=(Rule(), Reserve(), Place("return_label"), Fulfill(), Apply()),
        touches=(Aspect.USE, Aspect.GOING_BACK),
        approval="NONE",
        effect="return_to_carrier",
        cancel_window=CancelWindow(Milestone.SHIPPED),
        variants=(
            Variant(
                question="return_way",
                equals="stock",
                changes={
                    "steps": (Rule(), Reserve(), Receive(), Apply()),
                    "effect": "return_to_stock",
                    "cancel_window": CancelWindow(Milestone.APPLIED),
                },
            ),
            Variant(
                question="return_cause",
                equals="not_received",
                changes={
                    "steps": (
                        Rule(),
                        Place("trace_parcel", on_failure=OnFailure.DESK),
                        Fulfill(),
                        Receive(traced=True),
                        Apply(),
                    ),
                    "effect": "trace_device",
                    "cancel_window": CancelWindow(Milestone.PLACED),
                },
                texts=Texts(
                    title="Look for a missing delivery",
                    order_title="Missing delivery: {subject} – {beneficiary}",
                    processing="{carrier} is looking for the delivery",
                    done="The search for the delivery has ended.",
                    done_for_many="The searches for the deliveries have ended.",
                ),
            ),
        ),
        texts=Texts(
            title="Return a device",
            order_title="Return {subject} – {beneficiary}",
            approve="{title}?",
            processing="Waiting for {carrier} to send the return label, or to arrange the pickup",
            done="The return is complete.",
            done_for_many="The returns are complete.",
        ),
        follow_ups=("SERVICE_TERMINATE",),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
