from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Family, OrderType, Subject, Texts
from models.question import Asked, Source
from models.step import Apply, Fulfill, Place, Rule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="SUBSCRIBER_UPDATE")
class SubscriberUpdate(OrderWorkflow):
    """The carrier gets another name, label or service address for lines. Holder, account and cost center stay."""

    order_type = OrderType(
        code="SUBSCRIBER_UPDATE",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("subscriber_name", by=Source.EMPLOYEE),
            Asked("carrier_label", by=Source.NONE),
            Asked("service_address", by=Source.EMPLOYEE),
        ),
        checks=(
            "requester_may_order",
            "line_not_ended",
            "lines_together",
            "billed_by_carrier",
            "nothing_changes",
        ),
        steps=(Rule(), Place("update_subscriber"), Fulfill(), Apply()),
        effect="update_subscriber",
        touches=(),
        approval="NONE",
        multi_line=True,
        texts=Texts(
            title="Update name at carrier",
            order_title="Name at carrier for {subject}",
            done="The carrier's record of the line is up to date.",
            done_for_many="The carrier's records of the lines are up to date.",
        ),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
