"""Why, how and until when a line is suspended."""

from models.answer_type import calendar_day, one_of, yes_or_no
from models.question import Question
from models.suspension_reason import REASONS

_ORDERED = tuple(reason.code for reason in REASONS if reason.ordered)
_LOST = "If the phone is lost or stolen, call the telecom desk or the carrier's hotline now instead."


SUSPEND_REASON = Question(
    code="suspend_reason",
    label="Reason for suspension",
    help=f"Billing during suspension depends on the reason. {_LOST}",
    type=one_of(*_ORDERED, advice=_LOST),
    example="seasonal",
)
BILLING = Question(
    code="billing",
    label="Billing while suspended",
    help="Whether the carrier bills the line while it's suspended.",
    type=yes_or_no(yes="On", no="Off"),
    example=False,
)
RESUME_ON = Question(
    code="resume_on",
    label="Resume date",
    help="The day service resumes, if you know it.",
    type=calendar_day(),
    example="2027-03-01",
)
