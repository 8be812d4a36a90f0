"""What every order type must be, so that the lifecycle can run its orders. Checked when the types are loaded."""

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from string import Formatter
from typing import Any

from models import questions
from models.effect import find_effect
from models.formatting import join_names
from models.order_type import NO_APPROVAL, FrozenType, Milestone, OrderType, Variant
from models.question import AskedAt, Scope
from models.registry import named_by
from models.step import Activate, Approve, NotifyHolder, OrderStep, Place, Reserve, Schedule, Step, ships
from workflows import step_sequence

# In what the items of one order can differ; all else, and the order's own steps, belong to the whole order.
OF_ITEMS = frozenset({"steps", "effect", "approval", "cancel_window", "step_up"})
_CHANGEABLE = frozenset(field.name for field in fields(FrozenType)) - {"code", "edition"}


def check(order_type: OrderType) -> None:
    """Raises ValueError, which names the type and all that is wrong with it, and UnknownWordError."""
    with named_by(order_type.code):
        problems = [*_variant_problems(order_type)] or [*_problems(order_type)]
    if problems:
        raise ValueError(f"{order_type.code}: {'; '.join(dict.fromkeys(problems))}")


def check_following(order_types: Collection[OrderType]) -> None:
    """Raises ValueError for types that name one to follow their orders that doesn't exist."""
    known = {kind.code for kind in order_types}
    problems = [
        f"{kind.code}: {problem}" for kind in order_types for problem in dict.fromkeys(_following_problems(kind, known))
    ]
    if problems:
        raise ValueError("; ".join(problems))


def _following_problems(kind: OrderType, known: Collection[str]) -> Iterator[str]:
    named = [code for _, code in kind.following] + [one.type for one in kind.alternatives]
    yield from (f"no type has the code {code}, which is to follow its orders" for code in named if code not in known)


def _problems(order_type: OrderType) -> Iterator[str]:
    possible = list(order_type.possible())
    for kind in possible:
        yield from (f"{problem} (in {_sequence(kind)})" for problem in step_sequence.problems(kind.steps))
        yield from _own_problems(kind)
    approved = [kind.approval for kind in possible if kind.has(Approve)]
    if approved and set(approved) == {NO_APPROVAL}:
        yield f"APPROVE is useless with the approval plan {NO_APPROVAL}"
    if any(kind.has(NotifyHolder) for kind in possible):
        yield from _notice_problems(order_type)
    yield from _problems_between_items(order_type)


def _sequence(kind: FrozenType) -> str:
    return ", ".join(step.kind for step in kind.steps) or "no steps"


def _own_problems(kind: FrozenType) -> Iterator[str]:
    """What does not fit the steps."""
    if kind.approval != NO_APPROVAL and not kind.has(Approve):
        yield f"the approval plan {kind.approval} needs APPROVE, or orders continue without a decision"
    reserves = find_effect(kind.effect).reservation is not None
    if kind.has(Reserve) and not reserves:
        yield f"RESERVE needs an effect with a reservation, but {kind.effect!r} has none"
    if reserves and not kind.has(Reserve):
        yield f"the effect {kind.effect!r} needs RESERVE, which makes its reservation"
    if kind.has(NotifyHolder) and not kind.about_lines:
        yield "NOTIFY_HOLDER needs lines, but no item of this type is about a line"
    strange = [aspect for aspect in kind.touches if aspect.of.value != kind.subject.value]
    if strange:
        yield f"it touches {join_names(strange)}, but no item of this type is about a {strange[0].of}"
    if not _reaches(kind, kind.cancel_window.until):
        yield f"canceling ends at {kind.cancel_window.until}, which these steps never reach: {_sequence(kind)}"
    if kind.quote and not kind.has(Place):
        yield "quote asks the carrier, but without PLACE the order has none"
    if kind.cancel_window.days_before_start and not kind.has(Schedule):
        yield "canceling ends before the start date, but without SCHEDULE there is none"


def _reaches(kind: FrozenType, milestone: Milestone) -> bool:
    return {
        Milestone.PLACED: kind.has(Place),
        Milestone.SHIPPED: ships(kind.steps) or (kind.returns and kind.has(Place)),
        Milestone.ACTIVATED: kind.has(Activate),
    }.get(milestone, True)


def _notice_problems(order_type: OrderType) -> Iterator[str]:
    texts = order_type.texts
    for notice in (texts.notice, texts.notice_for_many or texts.notice):
        if {name for _, name, _, _ in Formatter().parse(notice) if name is not None} != {"lines"}:
            yield f"its notice {notice!r} must name {{lines}} and nothing else"


def _variant_problems(order_type: OrderType) -> Iterator[str]:
    for variant in order_type.variants:
        asked = next((asked for asked in order_type.questions if asked.code == variant.question), None)
        if asked is None or asked.at is AskedAt.LATE:
            yield f"a variant depends on {variant.question!r}, which is not asked before the order is submitted"
        elif not _is_answer(variant):
            yield f"a variant depends on {variant.equals!r}, which is no answer to {variant.question!r}"
        unknown = variant.changes.keys() - _CHANGEABLE
        if unknown:
            yield f"a variant changes {', '.join(sorted(unknown))}; it can change {', '.join(sorted(_CHANGEABLE))}"


def _is_answer(variant: Variant) -> bool:
    try:
        return bool(questions.find(variant.question).parse(variant.equals) == variant.equals)
    except ValueError:
        return False


def _problems_between_items(order_type: OrderType) -> Iterator[str]:
    """Items with the same order-wide answers can be in one order."""
    known: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for answers in order_type.combinations():
        order_wide = {code: one for code, one in answers.items() if questions.find(code).scope is Scope.ORDER}
        whole = _of_whole_order(order_type.resolve(answers))
        if any(order_wide == other and whole != belongs for other, belongs in known):
            allowed = ", ".join(sorted(OF_ITEMS))
            yield f"a variant by an item's answer can change only {allowed}, and no step of the order"
            return
        known.append((order_wide, whole))


def _of_whole_order(kind: FrozenType) -> dict[str, Any]:
    """What cannot differ between the items of an order; what its steps ask of the carrier can."""
    steps = [_without_action(step) for step in kind.steps if isinstance(step, OrderStep)]
    return {name: value for name, value in vars(kind).items() if name not in OF_ITEMS} | {"order steps": steps}


def _without_action(step: Step) -> Step:
    return replace(step, action="") if isinstance(step, Place) else step
