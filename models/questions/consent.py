"""What people agree to with an order."""

from models.answer_type import consent
from models.question import Question, Scope, Tell

RECURRING_CHARGES = Question(
    code="recurring_charges",
    label="Monthly charges",
    help="This adds a monthly charge to my cost center. I agree.",
    type=consent(),
    example=True,
    scope=Scope.ORDER,
    tell=Tell.CONSENT,
    invalid_code="ACK_REQUIRED",
)
FEE_ACK = Question(
    code="fee_ack",
    label="Charges by the carrier",
    help="I accept what the carrier charges for this.",
    type=consent(),
    example=True,
    scope=Scope.ORDER,
    tell=Tell.CONSENT,
    invalid_code="ACK_REQUIRED",
    accepts=lambda _, __: ("As quoted",),
)
USE_POLICY = Question(
    code="use_policy",
    label="Acceptable use",
    help="I've read and accept the acceptable use policy.",
    type=consent(),
    example=True,
    scope=Scope.ORDER,
    tell=Tell.CONSENT,
    invalid_code="ACK_REQUIRED",
    agrees_to="the acceptable use policy",
)
