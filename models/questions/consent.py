"""What people agree to with an order."""

from models.question import Consent, Scope

RECURRING_CHARGES = Consent(
    code="recurring_charges",
    label="Monthly charges",
    help="This adds a monthly charge to my cost center. I agree.",
    scope=Scope.ORDER,
)
FEE_ACK = Consent(
    code="fee_ack",
    label="Charges by the carrier",
    help="I accept what the carrier charges for this.",
    scope=Scope.ORDER,
    accepts=lambda _, __: ("As quoted",),
)
USE_POLICY = Consent(
    code="use_policy",
    label="Acceptable use",
    help="I've read and accept the acceptable use policy.",
    scope=Scope.ORDER,
    agrees_to="the acceptable use policy",
)
