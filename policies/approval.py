"""The approval plan of an order: its stages, each with approvers and a reason."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from models import registry
from models.approval_plan import Approver, Stage, StageMode
from models.facts import Facts
from models.order import Quote
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.flag_rule import FlagRule, raised
from policies.pricing import quote

PLANS = "policies.approval_plans"
_AND = " and "  # between the labels of merged stages


def find(code: str) -> ApprovalPlan:
    """The plan with this code. Raises UnknownWordError."""
    return registry.find(PLANS, ApprovalPlan, code)


def strictest(codes: Iterable[str]) -> str:
    """The code of the strictest of these plans (at least one)."""
    return max(codes, key=lambda code: find(code).strictness)


def plan(facts: Facts, price: Quote, flags: Collection[FlagRule]) -> tuple[Stage, ...]:
    """Return the stages in order, numbered from 1; none if no approval is needed.

    A stage without anyone who can approve stays in the plan with no approvers, so that the order is rejected.
    """
    order = PlanInput(facts=facts, quote=price, flags=flags)
    stages = filter(None, find(facts.type.approval).stages(order))
    return tuple(replace(stage, number=number) for number, stage in enumerate(_without_repeats(stages), start=1))


def planned(facts: Facts, label: str) -> frozenset[str]:
    """The ids of those who would be asked today in a stage with this label."""
    return frozenset(approver.person_id for stage in _today(facts, label) for approver in stage.approvers)


def planned_again(facts: Facts, stages: Iterable[Stage], *, after: int) -> tuple[Stage, ...]:
    """These stages, with today's approvers in those after this number, unless today's plan has no one for them."""
    return tuple(_planned_again(facts, stage) if stage.number > after else stage for stage in stages)


def _planned_again(facts: Facts, stage: Stage) -> Stage:
    today = next((one for one in _today(facts, stage.label) if one.approvers), stage)
    return replace(today, number=stage.number, label=stage.label)


def _today(facts: Facts, label: str) -> list[Stage]:
    """The stages of the plan by the facts of today that decide what a stage with this label does, or a part of it."""
    price, parts = quote(facts), _parts(label)
    return [stage for stage in plan(facts, price, raised(facts, price)) if not parts.isdisjoint(_parts(stage.label))]


def successors(facts: Facts, label: str) -> tuple[Approver, ...]:
    """Who can decide today in place of someone who can't, in a stage with this label: the nearest first.

    These are the approvers of today's stage, those it escalates to, then the admins.
    """
    price = quote(facts)
    order = PlanInput(facts=facts, quote=price, flags=raised(facts, price))
    planned = [approver for stage in _today(facts, label) for approver in (*stage.approvers, *stage.escalates_to)]
    admins = [Approver(person_id=admin.id, name=admin.name) for admin in order.admins]
    return tuple(dict.fromkeys([*planned, *admins]))


def why_none(facts: Facts, price: Quote, flags: Collection[FlagRule]) -> str:
    """The rule by which an order with an empty plan needs no approval: `no approval needed for this type of order`."""
    return find(facts.type.approval).why_none(PlanInput(facts=facts, quote=price, flags=flags))


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
    return replace(stage, label=f"{stage.label}{_AND}{other.label.lower()}", why=f"{stage.why} {other.why}")


def _parts(label: str) -> frozenset[str]:
    """The labels, in lower case, of the stages that a stage is merged from."""
    return frozenset(label.lower().split(_AND))
