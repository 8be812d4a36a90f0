"""Who approves an order: from the type's template to the stages, each with people and a reason."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from models.facts import Facts, Person
from models.order import Approver, Quote, Stage, StageMode
from models.order_type import Template
from policies.access import may_decide
from policies.flags import Flag


@dataclass(frozen=True, kw_only=True)
class Case:
    """One order as those see it who choose its approvers."""

    facts: Facts
    quote: Quote
    flags: Collection[Flag]

    def may_approve(self, person: Person) -> bool:
        """Whether a person may decide about this order: one who may at all, and neither asks nor receives."""
        return may_decide(person) and person.id not in {self.facts.requester.id, self.facts.beneficiary.id}

    def able(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """Return those of `people` who may decide, in their order."""
        return tuple(person for person in people if self.may_approve(person))


Chooser = Callable[[Case], Stage]

_OVER_BUDGET = (Flag.OUT_OF_POLICY, Flag.OVER_DEVICE_CAP, Flag.OVER_THRESHOLD)


def plan(facts: Facts, quote: Quote, flags: Collection[Flag]) -> tuple[Stage, ...]:
    """Return the stages in order, numbered from 1; none where the template asks nobody.

    No stage is skipped: where nobody is left to ask, its `approvers` are empty and the order cannot go on.
    """
    case = Case(facts=facts, quote=quote, flags=flags)
    stages = [choose(case) for choose in TEMPLATES[facts.type.approval](case)]
    return tuple(replace(stage, number=number) for number, stage in enumerate(_asked_once(stages), start=1))


def _manager(case: Case) -> Stage:
    able = case.able(case.facts.managers)
    if not able:
        name = case.facts.beneficiary.name
        reason = f"{name} has no manager who could decide, so the telecom admins do."
        return _stage("Manager", reason, _admins(case))
    escalates_to = able[1:2] or _admins(case)
    return _stage("Manager", _why_manager(case, able[0]), able[:1], escalates_to)


def _why_manager(case: Case, chosen: Person) -> str:
    nearest, beneficiary = case.facts.managers[0], case.facts.beneficiary
    if chosen.id == nearest.id:
        return f"{chosen.name} is the manager of {beneficiary.name}."
    why = "has left" if not nearest.active else "is an auditor"
    if nearest.id == case.facts.requester.id:
        why = "placed the order"
    return f"{chosen.name} decides because {nearest.name}, the manager of {beneficiary.name}, {why}."


def _both_managers(case: Case) -> Stage:
    """Everybody must approve: the manager on the receiving side, and one for each holder who gives a line away.

    A line that nobody holds has no releasing side. Silence is taken to the telecom admins, who are of no side.
    """
    facts = case.facts
    givers = {line.holder.id: (line.holder, line.managers) for line in facts.named_lines if line.holder}
    sides = [_side(case, facts.managers, f"{facts.beneficiary.name}, who takes over")]
    sides += [_side(case, above, f"{holder.name}, who gives the line away") for holder, above in givers.values()]
    deciders = [person for person, _ in sides if person]
    asked = {person.id: person for person in deciders}.values() if len(deciders) == len(sides) else ()
    because = " ".join(reason for _, reason in sides)
    return replace(_stage("Both managers", because, asked, _admins(case)), mode=_all_of(asked))


def _side(case: Case, managers: Iterable[Person], whose: str) -> tuple[Person | None, str]:
    """Return who decides for one side, and why; a telecom admin where no manager is left."""
    able, admins = case.able(managers), _admins(case)
    if able:
        return able[0], f"{able[0].name} is a manager of {whose}."
    return next(iter(admins), None), f"No manager of {whose}, could decide, so a telecom admin does."


def _all_of(asked: Collection[Person]) -> StageMode:
    return StageMode.ALL if len(asked) > 1 else StageMode.ANY


def _admin(case: Case) -> Stage:
    able = case.able(case.facts.managers)
    return _stage("Telecom admin", "Orders of this type are looked at by a telecom admin.", _admins(case), able[1:2])


def _budget(case: Case) -> Stage:
    owners = case.able(case.facts.budget_owners)
    stage = _stage("Budget", _why_budget(case), owners or _admins(case), _admins(case))
    return replace(stage, mode=_all_of(owners))


def _why_budget(case: Case) -> str:
    quote, policy = case.quote, case.facts.policy
    reasons = {
        Flag.OUT_OF_POLICY: "something in the order is outside the purchasing policy",
        Flag.OVER_DEVICE_CAP: f"a device costs more than {policy.device_cap} {policy.currency}",
        Flag.OVER_THRESHOLD: f"the order costs {quote.term_total:,} {quote.currency} over {quote.term_months} months,"
        f" and from {policy.threshold:,} {policy.currency} the budget owner decides too",
    }
    sentence = "; ".join(reasons[flag] for flag in _OVER_BUDGET if flag in case.flags)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _admins(case: Case) -> tuple[Person, ...]:
    return case.able(case.facts.admins)


def _stage(label: str, because: str, people: Iterable[Person], escalates_to: Iterable[Person] = ()) -> Stage:
    asked = _approvers(people)
    others = tuple(one for one in _approvers(escalates_to) if one not in asked)
    return Stage(number=0, label=label, why=because, approvers=asked, escalates_to=others)


def _approvers(people: Iterable[Person]) -> tuple[Approver, ...]:
    return tuple(Approver(person_id=person.id, name=person.name) for person in people)


def _asked_once(stages: Iterable[Stage]) -> list[Stage]:
    """Spare people a second question whose answer follows from their first."""
    kept: list[Stage] = []
    for stage in stages:
        left = _still_to_ask(stage, kept)
        if left or not stage.approvers:
            kept.append(replace(stage, approvers=left))
        else:
            kept[-1] = _joined(kept[-1], stage)
    return kept


def _still_to_ask(stage: Stage, earlier: Iterable[Stage]) -> tuple[Approver, ...]:
    """Return whom a stage must ask, given the stages before it.

    Where anybody's word counts, an earlier stage settles it whoever of its approvers decides, if all of them
    are of this stage too. Where everybody's counts, those are spared who are sure to have approved before.
    """
    if stage.mode is StageMode.ANY:
        settled = any(one.approvers and set(one.approvers) <= set(stage.approvers) for one in earlier)
        return () if settled else stage.approvers
    sure = {approver for one in earlier if _asks_all(one) for approver in one.approvers}
    return tuple(approver for approver in stage.approvers if approver not in sure)


def _asks_all(stage: Stage) -> bool:
    return stage.mode is StageMode.ALL or len(stage.approvers) == 1


def _joined(stage: Stage, other: Stage) -> Stage:
    return replace(stage, label=f"{stage.label} and {other.label.lower()}", why=f"{stage.why} {other.why}")


def _nobody(_: Case) -> tuple[Chooser, ...]:
    return ()


def _manager_alone(_: Case) -> tuple[Chooser, ...]:
    return (_manager,)


def _manager_then_admin(_: Case) -> tuple[Chooser, ...]:
    return (_manager, _admin)


def _managers_of_both(_: Case) -> tuple[Chooser, ...]:
    return (_both_managers,)


def _manager_then_budget(case: Case) -> tuple[Chooser, ...]:
    return (_manager, _budget) if any(flag in case.flags for flag in _OVER_BUDGET) else (_manager,)


TEMPLATES: Mapping[Template, Callable[[Case], tuple[Chooser, ...]]] = MappingProxyType(
    {
        Template.NONE: _nobody,
        Template.MANAGER: _manager_alone,
        Template.MANAGER_THEN_ADMIN: _manager_then_admin,
        Template.MANAGER_THEN_BUDGET: _manager_then_budget,
        Template.BOTH_MANAGERS: _managers_of_both,
    }
)
