"""Both sides of a line that changes hands."""

from collections.abc import Iterable
from dataclasses import replace

from models.facts import Person
from models.order import Stage
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import all_of, stage


def _stage(order: PlanInput) -> Stage:
    """A manager of the new user and one of each current user must approve.

    An unassigned line has no current user. The stage escalates to the telecom admins, who are neutral.
    """
    facts = order.facts
    current = {one.holder.id: (one.holder, one.managers) for one in facts.named_lines if one.holder}
    sides = [_side(order, facts.managers, f"{facts.beneficiary.name} (new user)")]
    sides += [_side(order, managers, f"{holder.name} (current user)") for holder, managers in current.values()]
    approvers = [person for person, _ in sides if person]
    asked = {person.id: person for person in approvers}.values() if len(approvers) == len(sides) else ()
    reasons = " ".join(reason for _, reason in sides)
    return replace(stage("Both managers", reasons, asked, order.admins), mode=all_of(asked))


def _side(order: PlanInput, managers: Iterable[Person], user: str) -> tuple[Person | None, str]:
    """Return the approver for one user of the line, and why: a manager, else a telecom admin."""
    approvers = order.approvers(managers)
    if approvers:
        return approvers[0], f"{approvers[0].name} is a manager of {user}."
    return next(iter(order.admins), None), f"No manager of {user} can approve, so a telecom admin does."


BOTH_MANAGERS = ApprovalPlan(
    code="BOTH_MANAGERS",
    description=(
        "A manager of the new user and a manager of each current user must all approve; the same person is asked once, "
        "and a telecom admin approves for a user without a manager."
    ),
    strictness=50,
    stages=lambda order: (_stage(order),),
)
