from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, Family, OrderType, Subject, Texts, Variant
from models.question import Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, NotifyHolder, Place, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="NUMBER_CHANGE")
class NumberChange(OrderWorkflow):
    """A line gets another phone number. It is still found by the old one."""

    order_type = OrderType(
        code="NUMBER_CHANGE",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("number_reason"),
            Asked("area_code", by=Source.EMPLOYEE),
            Asked("service_zip", by=Source.EMPLOYEE),
            Asked("address_first", at=AskedAt.NEVER, by=Source.LINE),
            Asked("service_address", by=Source.CHECK),
            Asked("number_undo", at=AskedAt.NEVER, by=Source.POLICY),
            Asked("protected_ack", by=Source.CHECK),
            Asked("lost_number_ack"),
            Asked("mfa_ack"),
        ),
        checks=(
            "requester_may_order",
            "line_has_number",
            "number_stays_here",
            "one_number",
            "lines_together",
            "billed_by_carrier",
            "number_not_changed_lately",
            "number_not_protected",
            "address_fits",
            "carrier_accepts",
            "effective_date_in_range",
        ),
        steps=(
            Rule(),
            Approve(),
            Schedule(),
            NotifyHolder(),
            Place("change_number"),
            Fulfill(),
            Apply(),
        ),
        touches=(Aspect.NUMBER,),
        approval="MANAGER_THEN_ADMIN_IF_PROTECTED",
        effect="change_number",
        step_up=True,
        quote=True,
        variants=(
            Variant(
                question="address_first",
                equals=True,
                changes={
                    "steps": (
                        Rule(),
                        Approve(),
                        Schedule(),
                        NotifyHolder(),
                        Place("update_subscriber"),
                        Fulfill(),
                        Place("change_number"),
                        Fulfill(),
                        Apply(),
                    )
                },
            ),
        ),
        texts=Texts(
            title="Change phone number",
            notice="The phone number of {lines} is about to change. Sign-in codes by text message will then no longer "
            "arrive: have them sent elsewhere first.",
            order_title="New number for {beneficiary}",
            approve="{title}?",
            done="The line has its new number.",
            done_for_many="The lines have their new numbers.",
        ),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
