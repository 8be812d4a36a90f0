"""The stages that approval plans are made of."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from models.approval_plan import Approver, Stage, StageMode
from models.facts import Facts, Person
from policies.approval_plan import PlanInput


def manager_stage(order: PlanInput) -> Stage:
    if not order.managers:
        reason = f"{order.facts.representative.name} has no manager who can approve, so a telecom admin does."
        return stage("Manager", reason, order.admins)
    first, *others = order.managers
    return stage("Manager", _why_manager(order.facts, first), [first], others[:1] or order.admins)


def _why_manager(facts: Facts, approver: Person) -> str:
    nearest, managed = facts.managers[0], facts.representative
    if approver.id == nearest.id:
        return f"{approver.name} is {managed.name}'s manager."
    why = "has left" if not nearest.active else "is an auditor"
    if nearest.id in facts.tied:
        why = _why_tied(facts, nearest)
    return f"{approver.name} approves because {nearest.name}, {managed.name}'s manager, {why}."


def _why_tied(facts: Facts, person: Person) -> str:
    """What one of `facts.tied` has to do with the order."""
    if person.id == facts.requester.id:
        return "submitted the order"
    holders = (facts.beneficiary, *(named.assigned_to for named in facts.named_things))
    holder = {one.representative.id: one for one in holders if one.representative}[person.id]
    if holder.holder.site_id:
        return f"acts for {holder.name}"
    if facts.type.about_devices:
        return "uses the device"
    return "gets the line" if facts.type.changes_hands and holder == facts.beneficiary else "uses the line"


def admin_stage(order: PlanInput) -> Stage:
    return stage("Telecom admin", "A telecom admin approves this type of order.", order.admins, order.managers[1:2])


def budget_stage(order: PlanInput) -> Stage | None:
    reasons = [rule.why_budget(order.facts, order.quote) for rule in order.flags if rule.why_budget]
    if not reasons:
        return None
    owners = order.approvers(order.facts.budget_owners)
    return replace(stage("Budget", " ".join(reasons), owners or order.admins, order.admins), mode=all_of(owners))


def stage(label: str, why: str, people: Iterable[Person], escalates_to: Iterable[Person] = ()) -> Stage:
    approvers = _named(people)
    others = tuple(approver for approver in _named(escalates_to) if approver not in approvers)
    return Stage(number=0, label=label, why=why, approvers=approvers, escalates_to=others)


def all_of(approvers: Collection[Person]) -> StageMode:
    return StageMode.ALL if len(approvers) > 1 else StageMode.ANY


def _named(people: Iterable[Person]) -> tuple[Approver, ...]:
    return tuple(Approver(person_id=person.id, name=person.name) for person in people)
