from temporalio import workflow

from models.order import Order, Outcome
from models.order_type import Aspect, CancelWindow, Family, Milestone, OrderType, Subject, Texts, Variant
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Fulfill, Place, Rule, Schedule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="LINE_REASSIGN")
class LineReassign(OrderWorkflow):
    """A person or a site takes over a line, with or without its device, or nobody does and the line is spare.

    The carrier is only asked to remove the paid features of a spare line.
    """

    order_type = OrderType(
        code="LINE_REASSIGN",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line"),
            Asked("assign_to", by=Source.POLICY),
            Asked("present_holder", at=AskedAt.NEVER, by=Source.LINE),
            Asked("device_moves", by=Source.POLICY),
            Asked("spare_device", by=Source.CHECK),
            Asked("remove_features", at=AskedAt.NEVER, by=Source.LINE),
            Asked("features_end", at=AskedAt.NEVER, by=Source.POLICY),
            Asked("charge_move", by=Source.POLICY),
            Asked("use_policy", who=Answerer.BENEFICIARY),
        ),
        checks=(
            "requester_may_order",
            "beneficiary_active",
            "line_in_use",
            "lines_together",
            "billed_by_carrier",
            "new_holder",
            "spare_line_settled",
            "line_allowance",
            "cost_center_valid",
            "effective_date_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Apply()),
        touches=(Aspect.HOLDER, Aspect.DEVICE),
        approval="BOTH_MANAGERS",
        effect="reassign_line",
        cancel_window=CancelWindow(Milestone.APPROVED),
        multi_line=True,
        variants=(
            Variant(
                question="assign_to",
                equals="nobody",
                changes={"effect": "release_line"},
                texts=Texts(
                    title="Return to spare pool",
                    order_title="{subject} to the spare pool",
                    approve="Return {title}?",
                    done="The line is spare. No one has it.",
                    done_for_many="The lines are spare. No one has them.",
                ),
            ),
            Variant(
                question="features_end",
                equals=True,
                changes={
                    "steps": (Rule(), Approve(), Schedule(), Place("change_features"), Fulfill(), Apply()),
                    "touches": (Aspect.HOLDER, Aspect.DEVICE, Aspect.FEATURES),
                },
            ),
            Variant(
                question="present_holder",
                equals="nobody",
                changes={},
                texts=Texts(
                    title="Assign line",
                    order_title="{subject} to {beneficiary}",
                    approve="Assign {title}?",
                    done="The line is assigned.",
                    done_for_many="The lines are assigned.",
                ),
            ),
        ),
        texts=Texts(
            title="Reassign line",
            order_title="{subject} to {beneficiary}",
            approve="Reassign {title}?",
            done="The line is reassigned.",
            done_for_many="The lines are reassigned.",
        ),
        inverse="LINE_REASSIGN",
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
