"""Orders that follow from a person's leaving."""

from policies.approval_plan import ApprovalPlan

LEAVER = ApprovalPlan(
    code="LEAVER",
    description="No approval is needed, because the person who has the line leaves the company.",
    strictness=1,
    stages=lambda _: (),
    why_none=lambda _: "no approval needed because the person who has the line leaves the company",
)
