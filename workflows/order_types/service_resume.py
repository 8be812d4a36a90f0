from temporalio import workflow

from models.lifecycle import ItemState
from models.order import Order, Outcome
from models.order_type import Alternative, Aspect, Family, OrderType, Subject, Texts, Variant
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Activate, Apply, Approve, Fulfill, Place, Record, Reserve, Rule, Schedule
from workflows.lifecycle import OrderWorkflow

# It needs no approval, so the admins hear of it.
_FOUND = (
    Rule(),
    Approve(),
    Schedule(),
    Place("resume"),
    Fulfill(),
    Record("line_back"),
    Record("resumed_after_loss"),
    Apply(),
)


@workflow.defn(name="SERVICE_RESUME")
class ServiceResume(OrderWorkflow):
    """Suspended and disconnected lines have service again, with their numbers if the carrier still has those."""

    order_type = OrderType(
        code="SERVICE_RESUME",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("resume_from", at=AskedAt.NEVER, by=Source.LINE),
            Asked("suspended_for", at=AskedAt.NEVER, by=Source.LINE),
            Asked("device_in_hand", by=Source.CHECK),
            Asked("plan", by=Source.CHECK),
            Asked("new_number_ack", by=Source.CHECK),
            Asked("accept_new_number", at=AskedAt.LATE, by=Source.NONE, who=Answerer.BENEFICIARY),
            Asked("imei", at=AskedAt.LATE, by=Source.CARRIER, who=Answerer.BENEFICIARY),
            Asked("iccid", at=AskedAt.LATE, by=Source.CARRIER, who=Answerer.BENEFICIARY),
            Asked("eid", at=AskedAt.LATE, by=Source.CARRIER, who=Answerer.BENEFICIARY),
        ),
        checks=(
            "requester_may_order",
            "line_stopped",
            "resumed_alike",
            "within_window",
            "lines_together",
            "billed_by_carrier",
            "device_found",
            "device_not_blocked",
            "plan_offered",
            "in_catalog",
            "plan_fits_line",
            "carrier_accepts",
            "number_may_change",
            "effective_date_in_range",
        ),
        steps=(Rule(), Approve(), Schedule(), Place("resume"), Fulfill(), Record("line_back"), Apply()),
        touches=(Aspect.STATUS,),
        approval="MANAGER_UNLESS_PLANNED",
        effect="resume_line",
        multi_line=True,
        quote=True,
        variants=(
            Variant(question="suspended_for", equals="fraud", changes={"step_up": True}),
            *(
                Variant(question="suspended_for", equals=reason, changes={"step_up": True, "steps": _FOUND})
                for reason in ("lost", "stolen")
            ),
            Variant(
                question="resume_from",
                equals="disconnected",
                changes={
                    "steps": (
                        Rule(),
                        Approve(),
                        Schedule(),
                        Reserve(),
                        Place("reconnect"),
                        Fulfill(until=ItemState.AWAITING_ACTIVATION, goods=False),
                        Activate(),
                        Record("line_back"),
                        Apply(),
                    ),
                    "approval": "MANAGER_THEN_ADMIN",
                    "effect": "reconnect_line",
                },
                texts=Texts(
                    title="Reconnect line",
                    order_title="Reconnect {subject}",
                    approve="{title}?",
                    done="The line is connected again.",
                    done_for_many="The lines are connected again.",
                ),
            ),
        ),
        texts=Texts(
            title="Resume line",
            order_title="Resume {subject}",
            approve="{title}?",
            done="The line has service again.",
            done_for_many="The lines have service again.",
        ),
        inverse="SERVICE_SUSPEND",
        alternatives=(Alternative("RESUME_WINDOW_CLOSED", "NEW_SERVICE_DEVICE"),),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
