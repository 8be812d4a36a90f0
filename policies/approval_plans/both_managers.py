"""Both sides of a line that changes hands."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from models.approval_plan import Stage
from models.facts import HolderDetails, Person
from models.holder import NOBODY, HolderKind
from models.optional_facts.accounts import LINE_OWNERS
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import all_of, stage


def _stage(order: PlanInput) -> Stage:
    """A manager of the new user and one of each current user must approve.

    The managers of a site's contact approve for the site. No one approves for nobody. The stage escalates to the
    telecom admins, who are neutral.
    """
    sides = [*_sides(order)]
    approvers = [person for person, _ in sides if person]
    asked = {person.id: person for person in approvers}.values() if len(approvers) == len(sides) else ()
    reasons = " ".join(reason for _, reason in sides)
    label = "Both managers" if len(sides) > 1 else "Manager"
    return replace(stage(label, reasons, asked, order.admins), mode=all_of(asked))


def _sides(order: PlanInput) -> Iterator[tuple[Person | None, str]]:
    facts = order.facts
    owners = [owner for named in facts.named_lines for owner in LINE_OWNERS.of(facts).get(named.line.id, ())]
    if facts.beneficiary.holder != NOBODY:
        yield _side(order, facts.managers, owners, facts.beneficiary, "new user")
    current = {one.line.holder: one for one in facts.named_lines if one.line.holder != NOBODY}
    for one in current.values():
        yield _side(order, one.managers, owners, one.assigned_to, "current user")


def _named(user: HolderDetails) -> str:
    """A site is named with the person who acts for it."""
    contact = user.representative
    return f"{contact.name}, the contact of {user.name}" if contact and contact != user else user.name


def _side(
    order: PlanInput, managers: Iterable[Person], owners: Iterable[Person], user: HolderDetails, role: str
) -> tuple[Person | None, str]:
    """Return the approver for one user of the line, and why: a manager, else a telecom admin.

    For a site, and if the line goes to nobody, an account owner comes before the admins.
    """
    named = f"{_named(user)} ({role})"
    approvers = order.approvers(managers)
    if approvers:
        return approvers[0], f"{approvers[0].name} is a manager of {named}."
    is_account_s = user.holder.kind is HolderKind.SITE or order.facts.beneficiary.holder == NOBODY
    for owner in order.approvers(owners) if is_account_s else ():
        return owner, f"No manager of {named} can approve, so {owner.name} does, who owns the line's account."
    return next(iter(order.admins), None), f"No manager of {named} can approve, so a telecom admin does."


BOTH_MANAGERS = ApprovalPlan(
    code="BOTH_MANAGERS",
    description=(
        "A manager of the new user and a manager of each current user (of a site's contact for a site) must all "
        "approve; the same person is asked once, and a telecom admin approves for a user without a manager. For a "
        "site, and for a line that goes to nobody, an account owner is asked before the admin."
    ),
    strictness=50,
    stages=lambda order: (_stage(order),),
    needs=(LINE_OWNERS,),
)
