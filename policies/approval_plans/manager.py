"""Plans that start with the manager, whatever the order costs."""

from policies.approval_plan import ApprovalPlan
from policies.approval_stages import admin_stage, budget_stage, manager_stage

MANAGER = ApprovalPlan(
    code="MANAGER",
    description=(
        "The nearest manager who can approve: the beneficiary's, for a site its contact's, for unassigned lines the "
        "requester's; if there is none, the telecom admins, of whom the first to respond decides."
    ),
    strictness=20,
    stages=lambda order: (manager_stage(order),),
)

MANAGER_THEN_BUDGET = ApprovalPlan(
    code="MANAGER_THEN_BUDGET",
    description=(
        "The manager; then all budget owners (the telecom admins if there are none), if something is outside the "
        "purchasing policy, a device costs more than the policy allows, or the whole term costs the policy's threshold "
        "or more."
    ),
    strictness=30,
    stages=lambda order: (manager_stage(order), budget_stage(order)),
)

MANAGER_THEN_ADMIN = ApprovalPlan(
    code="MANAGER_THEN_ADMIN",
    description="The manager; then the telecom admins, of whom the first to respond decides.",
    strictness=40,
    stages=lambda order: (manager_stage(order), admin_stage(order)),
)
