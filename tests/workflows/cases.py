"""Every order type as it is and with each of its variants, and the shapes that they have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from models import questions
from models.lifecycle import ItemState, Status
from models.order import Quote
from models.order_type import CancelWindow, FrozenType, Milestone, OrderType
from models.step import (
    Apply,
    Fulfill,
    NotifyHolder,
    OnFailure,
    Place,
    Receive,
    Rule,
    Schedule,
    Step,
    carrier_actions,
    ships,
)
from policies import approval
from tests import factories
from tests.policies.sample_facts import ANN, FACTS, named_line
from tests.sample_answers import sample_answers
from tests.workflows.carrier_reports import rounds_of
from workflows.order_type_registry import order_type, order_types_by_code

# Paid features end only where no one gets the line.
_GOES_WITH: Mapping[str, Mapping[str, Any]] = MappingProxyType({"features_end": {"assign_to": "nobody"}})
_FREE = Quote(one_time=Decimal(0), monthly=Decimal(0), term_total=Decimal(0), term_months=24, currency="USD")
_STATUS_OF = {ItemState.SHIPPED: Status.SHIPPED, ItemState.AWAITING_ACTIVATION: Status.AWAITING_ACTIVATION}


@dataclass(frozen=True)
class Shape:
    """What the engine does differently; orders of the same shape take the same courses."""

    steps: tuple[str, ...]
    skipped: tuple[bool, ...]
    has_approval: bool
    rounds: int
    ships: bool


@dataclass(frozen=True)
class Case:
    """An order type with the answers that select one of its variants, or none."""

    name: str
    order_type: OrderType
    answers: Mapping[str, Any]

    @property
    def kind(self) -> FrozenType:
        """What an order with these answers keeps."""
        return self.order_type.resolve(sample_answers(self.order_type, self.answers))

    @property
    def spec(self) -> factories.OrderSpec:
        return factories.OrderSpec(type=self.order_type, answers=self.answers)

    @property
    def has_approval(self) -> bool:
        return has_approval(self.kind, factories.present_state(self.order_type, self.answers))

    @property
    def shape(self) -> Shape:
        kind = self.kind
        return Shape(
            steps=tuple(step.kind for step in kind.steps),
            skipped=tuple(is_skipped(step) for step in kind.steps),
            has_approval=self.has_approval,
            rounds=len(carrier_actions(kind.steps)),
            ships=ships(kind.steps),
        )

    @property
    def statuses(self) -> list[Status]:
        """Those in which an order waits, in the sequence of its first ones."""
        reports = [report for reports in rounds_of(self.kind) for report in reports[:-1]]
        waits = {
            Status.AWAITING_APPROVAL: self.has_approval,
            Status.SCHEDULED: self.kind.has(Schedule),
            Status.IN_FULFILLMENT: self.kind.with_carrier or self.kind.has(Receive),
            **{status: state in reports for state, status in _STATUS_OF.items()},
        }
        return [status for status, waiting in waits.items() if waiting]


def is_skipped(step: Step) -> bool:
    """Whether the order continues without the step if it fails."""
    return isinstance(step, Place | NotifyHolder) and step.on_failure is not OnFailure.WAIT


def has_approval(kind: FrozenType, line: Mapping[str, Any] = MappingProxyType({})) -> bool:
    """Whether someone is asked about an order that adds no cost; `line` is what differs from an active line."""
    known = replace(FACTS, type=kind)
    if kind.about_lines:
        named = named_line("l0", ANN, FACTS.managers, **line)
        known = replace(known, answers=({"line": "l0"},), lines={"l0": named})
    return bool(approval.plan(known, _FREE, ()))


def cases_of(order_type: OrderType) -> Iterator[Case]:
    """The type as it is, if there are answers that select none of its variants; then each variant alone.

    A variant that only has other texts takes the course of the type.
    """
    plain = _plain_answers(order_type)
    if plain is not None:
        yield Case(order_type.code, order_type, plain)
    for variant in (one for one in order_type.variants if one.changes):
        answers = {**(plain or {}), variant.question: variant.equals, **_GOES_WITH.get(variant.question, {})}
        yield Case(f"{order_type.code}-{variant.question}={variant.equals}", order_type, answers)


def _plain_answers(order_type: OrderType) -> dict[str, Any] | None:
    """Answers besides the usual ones that select no variant; None if every answer selects one."""
    usual, plain = sample_answers(order_type, {}), {}
    for code in {variant.question for variant in order_type.variants}:
        taken = [variant.equals for variant in order_type.variants if variant.question == code]
        if usual.get(code) in taken:
            free = [answer for answer in _closed_answers(code) if answer not in taken]
            if not free:
                return None
            plain[code] = free[0]
    return plain


def _closed_answers(code: str) -> list[Any]:
    schema = questions.find(code).type.schema
    return list(schema.get("enum", [True, False] if schema.get("type") == "boolean" else []))


@cache
def all_cases() -> tuple[Case, ...]:
    found = (case for order_type in order_types_by_code().values() for case in cases_of(order_type))
    return tuple(sorted(found, key=lambda case: case.name))


@cache
def first_of_each_shape() -> tuple[Case, ...]:
    """With what no order type of the catalog may have: two rounds, and no approval."""
    return tuple({case.shape: case for case in (TWO_ROUNDS, *reversed(all_cases()))}.values())[::-1]


TWO_ROUNDS = Case(
    "TWO_ROUNDS",
    replace(
        order_type("SERVICE_SUSPEND"),
        steps=(Rule(), NotifyHolder(), Place("suspend"), Fulfill(), Place("resume"), Fulfill(), Apply()),
        approval="NONE",
        cancel_window=CancelWindow(Milestone.SHIPPED),
    ),
    answers={},
)
