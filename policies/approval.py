"""The approval plan of an order: its stages, each with approvers and a reason."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from models.facts import Facts, Person
from models.formatting import money
from models.order import Approver, Quote, Stage, StageMode
from models.order_type import Template
from policies.access import can_approve
from policies.flags import Flag


@dataclass(frozen=True, kw_only=True)
class _Order:
    """What the stages of a plan depend on."""

    facts: Facts
    quote: Quote
    flags: Collection[Flag]

    def approvers(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """Filter out people who cannot approve this order, such as its requester and its beneficiary."""
        barred = {self.facts.requester.id, self.facts.beneficiary.id}
        return tuple(person for person in people if can_approve(person) and person.id not in barred)

    @property
    def managers(self) -> tuple[Person, ...]:
        return self.approvers(self.facts.managers)

    @property
    def admins(self) -> tuple[Person, ...]:
        return self.approvers(self.facts.admins)


_BUDGET_FLAGS = (Flag.OUT_OF_POLICY, Flag.OVER_DEVICE_CAP, Flag.OVER_THRESHOLD)


def plan(facts: Facts, quote: Quote, flags: Collection[Flag]) -> tuple[Stage, ...]:
    """Return the stages in order, numbered from 1; none if the template needs no approval.

    A stage without anyone who can approve stays in the plan with no approvers, so that the order is rejected.
    """
    order = _Order(facts=facts, quote=quote, flags=flags)
    stages = filter(None, (stage(order) for stage in TEMPLATES[facts.type.approval]))
    return tuple(replace(stage, number=number) for number, stage in enumerate(_without_repeats(stages), start=1))


def _manager(order: _Order) -> Stage:
    if not order.managers:
        reason = f"{order.facts.beneficiary.name} has no manager who can approve, so a telecom admin does."
        return _stage("Manager", reason, order.admins)
    first, *others = order.managers
    return _stage("Manager", _why_manager(order.facts, first), [first], others[:1] or order.admins)


def _why_manager(facts: Facts, approver: Person) -> str:
    nearest, beneficiary = facts.managers[0], facts.beneficiary
    if approver.id == nearest.id:
        return f"{approver.name} is {beneficiary.name}'s manager."
    why = "has left" if not nearest.active else "is an auditor"
    if nearest.id == facts.requester.id:
        why = "submitted the order"
    return f"{approver.name} approves because {nearest.name}, {beneficiary.name}'s manager, {why}."


def _both_managers(order: _Order) -> Stage:
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
    return replace(_stage("Both managers", reasons, asked, order.admins), mode=_all_of(asked))


def _side(order: _Order, managers: Iterable[Person], user: str) -> tuple[Person | None, str]:
    """Return the approver for one user of the line, and why: a manager, else a telecom admin."""
    approvers = order.approvers(managers)
    if approvers:
        return approvers[0], f"{approvers[0].name} is a manager of {user}."
    return next(iter(order.admins), None), f"No manager of {user} can approve, so a telecom admin does."


def _all_of(approvers: Collection[Person]) -> StageMode:
    return StageMode.ALL if len(approvers) > 1 else StageMode.ANY


def _admin(order: _Order) -> Stage:
    return _stage("Telecom admin", "A telecom admin approves this type of order.", order.admins, order.managers[1:2])


def _budget(order: _Order) -> Stage | None:
    reasons = [_why_budget(order, flag) for flag in _BUDGET_FLAGS if flag in order.flags]
    if not reasons:
        return None
    owners = order.approvers(order.facts.budget_owners)
    return replace(_stage("Budget", " ".join(reasons), owners or order.admins, order.admins), mode=_all_of(owners))


def _why_budget(order: _Order, flag: Flag) -> str:
    quote, policy = order.quote, order.facts.policy
    if flag is Flag.OUT_OF_POLICY:
        return "Something in this order is outside the purchasing policy."
    if flag is Flag.OVER_DEVICE_CAP:
        return "A device costs more than the purchasing policy allows."
    return (
        f"The order costs {money(quote.term_total, quote.currency)} over {quote.term_months} months. "
        f"The budget owner approves orders of {money(policy.threshold, policy.currency)} or more."
    )


def _stage(label: str, why: str, people: Iterable[Person], escalates_to: Iterable[Person] = ()) -> Stage:
    approvers = _named(people)
    others = tuple(approver for approver in _named(escalates_to) if approver not in approvers)
    return Stage(number=0, label=label, why=why, approvers=approvers, escalates_to=others)


def _named(people: Iterable[Person]) -> tuple[Approver, ...]:
    return tuple(Approver(person_id=person.id, name=person.name) for person in people)


def _without_repeats(stages: Iterable[Stage]) -> list[Stage]:
    """Do not ask people again whose second decision follows from their first."""
    kept: list[Stage] = []
    for stage in stages:
        left = _still_to_ask(stage, kept)
        if left or not stage.approvers:
            kept.append(replace(stage, approvers=left))
        else:
            kept[-1] = _merged(kept[-1], stage)
    return kept


def _still_to_ask(stage: Stage, earlier: Iterable[Stage]) -> tuple[Approver, ...]:
    """Return the approvers a stage must ask, given the stages before it.

    A stage of mode ANY is settled by an earlier stage whose approvers are all approvers of this stage. A stage of
    mode ALL leaves out the approvers who are certain to have approved before.
    """
    if stage.mode is StageMode.ANY:
        settled = any(one.approvers and set(one.approvers) <= set(stage.approvers) for one in earlier)
        return () if settled else stage.approvers
    certain = {approver for one in earlier if _asks_all(one) for approver in one.approvers}
    return tuple(approver for approver in stage.approvers if approver not in certain)


def _asks_all(stage: Stage) -> bool:
    return stage.mode is StageMode.ALL or len(stage.approvers) == 1


def _merged(stage: Stage, other: Stage) -> Stage:
    return replace(stage, label=f"{stage.label} and {other.label.lower()}", why=f"{stage.why} {other.why}")


TEMPLATES: Mapping[Template, tuple[Callable[[_Order], Stage | None], ...]] = MappingProxyType(
    {
        Template.NONE: (),
        Template.MANAGER: (_manager,),
        Template.MANAGER_THEN_ADMIN: (_manager, _admin),
        Template.MANAGER_THEN_BUDGET: (_manager, _budget),
        Template.BOTH_MANAGERS: (_both_managers,),
    }
)
