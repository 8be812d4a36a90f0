"""What a line is resumed from, and with what."""

from models.answer_type import one_of, yes_or_no
from models.question import Question, Scope
from models.suspension_reason import REASONS

RESUME_FROM = Question(
    code="resume_from",
    label="Service until now",
    help="Whether the line is suspended or disconnected. We read it from the inventory.",
    type=one_of("suspended", "disconnected"),
    example="suspended",
    scope=Scope.ORDER,
)
SUSPENDED_FOR = Question(
    code="suspended_for",
    label="Reason for suspension",
    help="Why the line is suspended. We read it from the inventory.",
    type=one_of(*(reason.code for reason in REASONS)),
    example="vacation",
)
DEVICE_IN_HAND = Question(
    code="device_in_hand",
    label="Phone found",
    help="Whether you have the phone that was lost or stolen.",
    type=yes_or_no(yes="Yes, I have it", no="No"),
    example=True,
)
