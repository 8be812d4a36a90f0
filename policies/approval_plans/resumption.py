"""The plan of orders that resume a suspended line: what was planned with the suspension needs no second approval."""

from collections.abc import Iterable

from models.approval_plan import Stage
from models.facts import NamedLine
from models.optional_facts.suspensions import RUNNING_SUSPENSIONS
from models.suspension_reason import LOST, STOLEN
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import manager_stage
from policies.deadlines import local_day

_MISSING = frozenset({LOST.code, STOLEN.code})


def _stages(order: PlanInput) -> Iterable[Stage | None]:
    lines = order.facts.named_lines
    adds_cost = order.quote.monthly > order.quote.monthly_before
    if lines and not adds_cost and all(_is_planned(order, named) or _is_own(order, named) for named in lines):
        return ()
    return (manager_stage(order),)


def _is_planned(order: PlanInput, named: NamedLine) -> bool:
    """Whether the suspension was planned to last until the start date, or longer. Nobody planned that of a lost phone.

    The approval of the suspension was one of its end, too.
    """
    running = RUNNING_SUSPENSIONS.of(order.facts).get(named.line.id)
    if running is None or running.resume_on is None or named.line.suspended_for in _MISSING:
        return False
    today = local_day(order.facts.policy, order.facts.now)
    return max(order.facts.effective_on or today, today) <= running.resume_on


def _is_own(order: PlanInput, named: NamedLine) -> bool:
    """Whether the user of the line had it suspended, and orders this; a phone they have found counts as well."""
    requester, user = order.facts.requester, named.assigned_to.representative
    running = RUNNING_SUSPENSIONS.of(order.facts).get(named.line.id)
    if user is None or user.id != requester.id:
        return False
    return named.line.suspended_for in _MISSING or (running is not None and running.requester_id == requester.id)


MANAGER_UNLESS_PLANNED = ApprovalPlan(
    code="MANAGER_UNLESS_PLANNED",
    description=(
        "No approval if service resumes no later than the resume date of the suspension, if the user of the line had "
        "it suspended, or if they have found their phone. Otherwise the nearest manager who can approve."
    ),
    strictness=15,
    stages=_stages,
    needs=(RUNNING_SUSPENSIONS,),
    why_none=lambda _: "no approval needed, because the suspension was planned to end, or is the user's own",
)
