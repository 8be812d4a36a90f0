"""When the plan of a line changes."""

from models.answer_type import one_of
from models.question import Question, Scope

NOW, NEXT_CYCLE, DATE = "now", "next_cycle", "date"

PLAN_STARTS = Question(
    code="plan_starts",
    label="When the plan changes",
    help="The next billing cycle can be chosen where we know it. For another day, enter it as the start date.",
    type=one_of(
        NEXT_CYCLE,
        NOW,
        DATE,
        next_cycle="With the next billing cycle",
        now="Right away",
        date="On the start date of the order",
    ),
    example=NOW,
    scope=Scope.ORDER,
)
