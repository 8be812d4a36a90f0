"""Both sides of a line that changes hands."""

from collections.abc import Iterable
from dataclasses import replace

from models.approval_plan import Stage
from models.facts import HolderDetails, Person
from models.holder import NOBODY
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import all_of, stage


def _stage(order: PlanInput) -> Stage:
    """A manager of the new user and one of each current user must approve.

    The managers of a site's contact approve for the site; an unassigned line has no current user. The stage escalates
    to the telecom admins, who are neutral.
    """
    facts = order.facts
    current = {one.line.holder: one for one in facts.named_lines if one.line.holder != NOBODY}
    sides = [_side(order, facts.managers, f"{_named(facts.beneficiary)} (new user)")]
    sides += [_side(order, one.managers, f"{_named(one.assigned_to)} (current user)") for one in current.values()]
    approvers = [person for person, _ in sides if person]
    asked = {person.id: person for person in approvers}.values() if len(approvers) == len(sides) else ()
    reasons = " ".join(reason for _, reason in sides)
    return replace(stage("Both managers", reasons, asked, order.admins), mode=all_of(asked))


def _named(user: HolderDetails) -> str:
    """A site is named with the person who acts for it."""
    contact = user.representative
    return f"{contact.name}, the contact of {user.name}" if contact and contact != user else user.name


def _side(order: PlanInput, managers: Iterable[Person], user: str) -> tuple[Person | None, str]:
    """Return the approver for one user of the line, and why: a manager, else a telecom admin."""
    approvers = order.approvers(managers)
    if approvers:
        return approvers[0], f"{approvers[0].name} is a manager of {user}."
    return next(iter(order.admins), None), f"No manager of {user} can approve, so a telecom admin does."


BOTH_MANAGERS = ApprovalPlan(
    code="BOTH_MANAGERS",
    description=(
        "A manager of the new user and a manager of each current user (of a site's contact for a site) must all "
        "approve; the same person is asked once, and a telecom admin approves for a user without a manager."
    ),
    strictness=50,
    stages=lambda order: (_stage(order),),
)
