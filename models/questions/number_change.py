"""Why a line gets another phone number, and what its user loses with the present one."""

from models.answer_type import one_of, text, yes_or_no
from models.question import Consent, Question, Scope, Tell

NUMBER_REASON = Question(
    code="number_reason",
    label="Reason for the new number",
    help="Your approver sees this.",
    type=one_of(
        "harassment",
        "moved",
        "wrong_area",
        "other",
        harassment="Unwanted calls or messages",
        moved="Its user has moved",
        wrong_area="The number is from the wrong area",
        other="Another reason",
    ),
    example="moved",
)
ADDRESS_FIRST = Question(
    code="address_first",
    label="Service address at carrier",
    help="Whether the carrier needs a new service address before it changes the number.",
    type=yes_or_no(yes="Updated before the number changes", no="Stays as it is"),
    example=False,
    scope=Scope.ORDER,
    tell=Tell.NOTHING,
)
NUMBER_UNDO = Question(
    code="number_undo",
    label="Can this be undone?",
    help="For how long the carrier can be asked for the old number.",
    type=text(r"[\s\S]{1,300}", "Enter a sentence."),
    example="No. For 50 days after the change, the telecom desk can ask the carrier for the old number.",
)
LOST_NUMBER_ACK = Consent(
    code="lost_number_ack",
    label="Loss of the old number",
    help="Calls and messages to the old number no longer arrive, and the change can't be undone. I understand.",
    scope=Scope.ORDER,
    accepts=lambda _, __: ("The old number is lost",),
)
MFA_ACK = Consent(
    code="mfa_ack",
    label="Sign-in codes",
    help="Sign-in codes by text message go to the old number. They've been moved elsewhere, so no one is locked out.",
    scope=Scope.ORDER,
)
PROTECTED_ACK = Consent(
    code="protected_ack",
    label="Protected number",
    help="This number is protected. It can be given up.",
    accepts=lambda _, __: ("It can be given up",),
)
