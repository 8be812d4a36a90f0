"""What a line is resumed from, and with what."""

from models.answer_type import one_of, yes_or_no
from models.question import Consent, Question, Scope
from models.suspension_reason import REASONS

RESUME_FROM = Question(
    code="resume_from",
    label="Previous status",
    help="Whether the line is suspended or disconnected. We read it from the inventory.",
    type=one_of("suspended", "disconnected"),
    example="suspended",
    scope=Scope.ORDER,
    priced=True,
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
    help="The line was suspended because its phone was lost or stolen. Do you have the phone again?",
    type=yes_or_no(yes="Yes, I have it", no="No"),
    example=True,
)
NEW_NUMBER_ACK = Consent(
    code="new_number_ack",
    label="Possible new number",
    help="The line can get another number.",
    accepts=lambda _, __: ("Another number",),
)
ACCEPT_NEW_NUMBER = Consent(
    code="accept_new_number",
    label="New number",
    help="The carrier has given up the line's number. Reconnect the line with another one.",
    accepts=lambda _, __: ("Another number",),
)
