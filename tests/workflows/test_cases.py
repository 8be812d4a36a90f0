"""The cases and plays that follow from an order type."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from models.lifecycle import ItemState, Status
from models.order_type import FrozenType, OrderType, Variant
from models.step import (
    Activate,
    Apply,
    Approve,
    Fulfill,
    ItemStep,
    OnFailure,
    OrderStep,
    Place,
    Record,
    Reserve,
    Return,
    Rule,
    Schedule,
)
from tests.sample_types import sample_type
from tests.workflows.cases import Case, cases_of
from tests.workflows.plays import ACTIVITY_OF, plays_of


def variant(question: str, equals: Any, **changes: Any) -> Variant:
    return Variant(question=question, equals=equals, changes=changes)


def of(order_type: OrderType) -> dict[str, FrozenType]:
    """What an order keeps, by case."""
    return {case.name: case.kind for case in cases_of(order_type)}


def test_a_type_without_variants_is_one_case() -> None:
    assert list(of(sample_type("plan"))) == ["SAMPLE"]


def test_each_variant_is_a_case_of_its_own_besides_the_type_as_it_is() -> None:
    kind = sample_type("sim_type", variants=(variant("sim_type", "pSIM", effect="suspend_line"),))
    effects = {name: kind.effect for name, kind in of(kind).items()}
    assert effects == {"SAMPLE": "new_line", "SAMPLE-sim_type=pSIM": "suspend_line"}


def test_the_usual_answer_can_be_that_of_a_variant() -> None:
    kind = sample_type("sim_type", variants=(variant("sim_type", "eSIM", effect="suspend_line"),))
    effects = {name: kind.effect for name, kind in of(kind).items()}
    assert effects == {"SAMPLE": "new_line", "SAMPLE-sim_type=eSIM": "suspend_line"}


def test_a_type_whose_answers_all_select_a_variant_has_no_case_without_one() -> None:
    both = (variant("sim_type", "eSIM", effect="suspend_line"), variant("sim_type", "pSIM", effect="reassign_line"))
    assert list(of(sample_type("sim_type", variants=both))) == ["SAMPLE-sim_type=eSIM", "SAMPLE-sim_type=pSIM"]


def test_an_optional_answer_selects_a_variant_only_if_it_is_given() -> None:
    kind = sample_type("expedite", variants=(variant("expedite", True, approval="NONE"),))
    assert {name: kind.approval for name, kind in of(kind).items()} == {
        "SAMPLE": "MANAGER",
        "SAMPLE-expedite=True": "NONE",
    }


STEPS = (Rule(), Approve(), Schedule(), Apply())
SHIPPING = (
    Rule(), Approve(), Schedule(), Reserve(), Place("new_line"), Fulfill(until=ItemState.AWAITING_ACTIVATION),
    Activate(), Apply(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("approval", "asks"),
    [("NONE", False), ("BY_COST", False), ("MANAGER", True), ("BOTH_MANAGERS", True), ("MANAGER_THEN_ADMIN", True)],
)
def test_plays_of_approvers_need_a_plan_that_asks_someone(approval: str, *, asks: bool) -> None:
    (case,) = cases_of(sample_type("line", steps=STEPS, approval=approval))
    plays = {name for name, _ in plays_of(case)}
    assert case.has_approval is asks
    of_approvers = {"rejection", "info_requests", "cancel_AWAITING_APPROVAL"}
    assert plays & of_approvers == (of_approvers if asks else set())


def test_every_step_with_an_activity_fails_once_and_every_status_is_left_once() -> None:
    kind = sample_type("plan", steps=(*SHIPPING[:-1], Place("resume"), Fulfill(), Apply()))
    (case,) = cases_of(kind)
    plays = {name for name, _ in plays_of(case)}
    assert {name.removeprefix("retry_") for name in plays if name.startswith("retry_")} == {
        "RULE_1",
        "RESERVE_1",
        "PLACE_1",
        "PLACE_2",
        "APPLY_1",
    }
    assert sum(name.startswith("compensate_") for name in plays) == 5
    assert case.statuses == [
        Status.AWAITING_APPROVAL,
        Status.SCHEDULED,
        Status.IN_FULFILLMENT,
        Status.SHIPPED,
        Status.AWAITING_ACTIVATION,
    ]


def test_a_step_that_the_order_continues_without_is_skipped_when_it_fails() -> None:
    (case,) = cases_of(sample_type("plan", steps=(Rule(), Place("resume", on_failure=OnFailure.TASK), Apply())))
    failed = {name for name, _ in plays_of(case) if name.startswith(("retry", "compensate", "skip"))}
    assert failed == {"retry_RULE_1", "compensate_RULE_1", "skip_PLACE_1", "retry_APPLY_1", "compensate_APPLY_1"}


def test_every_step_is_either_failed_or_known_to_call_no_activity_at_once() -> None:
    waiting = {Approve, Schedule, Fulfill, Activate, Record}
    retried_for_ever = {Return}
    assert {*ACTIVITY_OF, *waiting, *retried_for_ever} == {*get_args(OrderStep), *get_args(ItemStep)}


def test_orders_of_one_shape_differ_in_nothing_that_the_engine_does_differently() -> None:
    def shape(order_type: OrderType) -> object:
        return Case("case", order_type, {}).shape

    kind = sample_type("plan", steps=SHIPPING)
    assert shape(kind) == shape(replace(kind, code="OTHER", effect="suspend_line", approval="BOTH_MANAGERS"))
    assert shape(kind) != shape(replace(kind, approval="NONE"))
    assert shape(kind) != shape(replace(kind, steps=STEPS))
    skipping = tuple(Place(one.action, OnFailure.TASK) if isinstance(one, Place) else one for one in SHIPPING)
    assert shape(kind) != shape(replace(kind, steps=skipping))
