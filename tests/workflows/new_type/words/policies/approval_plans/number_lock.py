from models.approval_plan import Stage
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import stage


def _stages(order: PlanInput) -> tuple[Stage, ...]:
    return (stage("Number security", "The second manager approves number locks.", order.managers[1:2]),)


SECOND_MANAGER = ApprovalPlan(
    code="SECOND_MANAGER",
    description="The manager of the beneficiary's manager.",
    strictness=25,
    stages=_stages,
)
