"""When the plan of a line changes, and why."""

from models.answer_type import one_of, text
from models.question import Question, Scope
from models.typed_text import LINE_CHAR, LINE_START, one_line

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
PLAN_REASON = Question(
    code="plan_reason",
    label="Reason for the change",
    help="In a few words. Approvers read it.",
    type=text(f"{LINE_START}{LINE_CHAR}{{0,199}}", "Enter a reason of up to 200 characters, on one line.", one_line),
    example="More data is needed for travel.",
    scope=Scope.ORDER,
)
