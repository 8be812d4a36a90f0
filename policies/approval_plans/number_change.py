"""The plan of orders that change phone numbers."""

from collections.abc import Iterable

from models.approval_plan import Stage
from models.optional_facts.accounts import CRITICAL_LINES
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import manager_stage, stage
from policies.protected_numbers import why_protected


def _stages(order: PlanInput) -> Iterable[Stage | None]:
    return (manager_stage(order), _protected_stage(order))


def _protected_stage(order: PlanInput) -> Stage | None:
    reasons = [why for named in order.facts.named_lines if (why := why_protected(order.facts, named))]
    return stage("Protected number", " ".join(reasons), order.admins, order.managers[1:2]) if reasons else None


MANAGER_THEN_ADMIN_IF_PROTECTED = ApprovalPlan(
    code="MANAGER_THEN_ADMIN_IF_PROTECTED",
    description=(
        "The manager; then the telecom admins, of whom the first to respond decides, if a number is on an account's"
        " list of critical numbers or locked at the carrier."
    ),
    strictness=25,
    stages=_stages,
    needs=(CRITICAL_LINES,),
)
