from temporalio import workflow

from models.lifecycle import ItemState
from models.order import Order, Outcome
from models.order_type import Aspect, Family, OrderType, Subject, Texts
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Activate, Apply, Approve, Fulfill, Place, Record, Rule
from workflows.lifecycle import OrderWorkflow


@workflow.defn(name="NUMBER_LOCK")
class NumberLock(OrderWorkflow):
    """Only a PIN moves a locked number to another carrier. A letter's code confirms the lock."""

    order_type = OrderType(
        code="NUMBER_LOCK",
        family=Family.MODIFY,
        subject=Subject.LINE,
        questions=(
            Asked("line", by=Source.EMPLOYEE),
            Asked("lock_pin"),
            Asked("lock_level", by=Source.POLICY),
            Asked("letter_code", at=AskedAt.LATE, who=Answerer.BENEFICIARY),
            Asked("unlock_word", at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        ),
        checks=("requester_may_order", "line_active", "pin_not_guessable"),
        steps=(
            Rule(),
            Approve(),
            Place("lock_number"),
            Fulfill(ItemState.AWAITING_ACTIVATION),
            Activate(),
            Record("number_locked"),
            Apply(),
        ),
        touches=(Aspect.FEATURES,),
        approval="SECOND_MANAGER",
        effect="lock_number",
        texts=Texts(
            title="Lock number",
            order_title="Lock {subject}",
            done="Your number is locked.",
            done_for_many="Your numbers are locked.",
        ),
    )

    @workflow.run
    async def run(self, order: Order) -> Outcome:
        return await self.run_order(order)
