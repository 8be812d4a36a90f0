"""Orders that no person approves."""

from models.order_type import NO_APPROVAL
from policies.approval_plan import ApprovalPlan

NONE = ApprovalPlan(code=NO_APPROVAL, description="No approval is needed.", strictness=0, stages=lambda _: ())
