"""The plan of orders that end lines."""

from collections.abc import Iterable

from models.approval_plan import Stage
from models.formatting import join_names, phone_number
from models.optional_facts.accounts import CRITICAL_LINES
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import admin_stage, manager_stage, stage


def _stages(order: PlanInput) -> Iterable[Stage | None]:
    return (manager_stage(order), admin_stage(order), _critical_stage(order))


def _critical_stage(order: PlanInput) -> Stage | None:
    critical = CRITICAL_LINES.of(order.facts)
    listed = [named.line for named in order.facts.named_lines if named.line.id in critical]
    if not listed:
        return None
    numbers = join_names(phone_number(line.mdn) if line.mdn else "A number" for line in listed)
    why = f"{numbers} {'is a critical number' if len(listed) == 1 else 'are critical numbers'} of the account."
    return stage("Critical number", why, order.admins, order.managers[1:2])


MANAGER_THEN_ADMIN_OF_NUMBERS = ApprovalPlan(
    code="MANAGER_THEN_ADMIN_OF_NUMBERS",
    description=(
        "The manager; then the telecom admins, of whom the first to respond decides, and who read it if a number is on"
        " an account's list of critical numbers."
    ),
    strictness=45,
    stages=_stages,
    needs=(CRITICAL_LINES,),
)
