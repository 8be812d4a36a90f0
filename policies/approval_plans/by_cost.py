"""Plans that depend on what the order adds to the cost."""

from decimal import Decimal

from models.approval_plan import Stage
from models.formatting import money
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import budget_stage, manager_stage


def _most_added(order: PlanInput) -> Decimal:
    """What the order adds per month, or costs once: the larger of the two."""
    return max(order.quote.monthly_change, order.quote.one_time)


def _stages(order: PlanInput) -> tuple[Stage | None, ...]:
    """The policy approves what is cheap by itself only if it also is a standard choice."""
    out_of_policy = any(rule.flag.out_of_policy for rule in order.flags)
    if not out_of_policy and _most_added(order) <= order.facts.policy.free_cap:
        return ()
    return (manager_stage(order), budget_stage(order))


def _why_none(order: PlanInput) -> str:
    if _most_added(order) <= 0:
        return "no approval needed, because the order adds no cost"
    cap = money(order.facts.policy.free_cap, order.quote.currency)
    return f"no approval needed, because the order adds no more than {cap}, per month or once"


BY_COST = ApprovalPlan(
    code="BY_COST",
    description=(
        "No approval if the order adds no more per month, and costs no more once, than the policy allows without "
        "approval, and nothing in it is outside the purchasing policy. Otherwise the manager; then all budget owners "
        "(the telecom admins if there are none), if something is outside the purchasing policy, a device costs more "
        "than the policy allows, or the whole term adds the policy's threshold or more."
    ),
    strictness=10,
    stages=_stages,
    why_none=_why_none,
)
