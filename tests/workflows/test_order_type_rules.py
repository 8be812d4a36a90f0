"""What is wrong with an order type is said when the types are loaded."""

from dataclasses import replace
from typing import Any

import pytest

from models.lifecycle import ItemState
from models.order_type import (
    MAX_COMBINATIONS,
    Alternative,
    Aspect,
    CancelWindow,
    Milestone,
    OrderType,
    Subject,
    Texts,
    Variant,
)
from models.registry import UnknownWordError
from models.step import Activate, Apply, Approve, Fulfill, NotifyHolder, Place, Record, Reserve, Rule, Schedule, Step
from tests.sample_types import sample_type
from workflows.order_type_registry import order_type, order_types_by_code
from workflows.order_type_rules import check, check_following

CHANGE = Place("change_plan")
SHIPPED, READY = Fulfill(until=ItemState.SHIPPED), Fulfill(until=ItemState.AWAITING_ACTIVATION)
NOTICE = Texts(title="T", done="D", done_for_many="D", notice="{lines} will change.")
NEVER = CancelWindow(Milestone.SUBMITTED)


def line_type(*steps: Step, **fields: Any) -> OrderType:
    """A type about lines that needs an approval if it has APPROVE."""
    approval = "MANAGER" if any(isinstance(step, Approve) for step in steps) else "NONE"
    given: dict[str, Any] = {
        "approval": approval,
        "effect": "change_plan",
        "cancel_window": NEVER,
        "texts": NOTICE,
        "steps": steps,
    }
    return sample_type("line", "billing", "suspend_reason", "expedite", **(given | fields))


def plan(*steps: Step) -> OrderType:
    return line_type(Rule(), *steps, Apply())


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
def test_every_order_type_and_every_combination_of_its_variants_can_run(code: str) -> None:
    check(order_type(code))


@pytest.mark.parametrize(
    "kind",
    [
        plan(),
        plan(Approve(), Schedule(), NotifyHolder(), CHANGE, Record("shipped"), Fulfill()),
        plan(NotifyHolder()),
        plan(CHANGE, SHIPPED),
        plan(CHANGE, SHIPPED, READY, Fulfill()),
        plan(CHANGE, SHIPPED, Activate(), NotifyHolder(), CHANGE, Fulfill()),
        plan(CHANGE, READY, Activate(), CHANGE, Fulfill()),
        replace(plan(Schedule(), Reserve(), CHANGE, READY, Activate()), effect="new_line"),
    ],
    ids=lambda kind: ",".join(step.kind for step in kind.steps),
)
def test_a_sequence_that_makes_sense_is_accepted(kind: OrderType) -> None:
    check(kind)


FIRST, LAST = "RULE must be the first step", "APPLY must be the last step"


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (line_type(), FIRST),
        (line_type(Apply()), FIRST),
        (line_type(Fulfill(), Rule(), Apply()), FIRST),
        (plan(Rule()), "RULE can stand only once"),
        (line_type(Rule()), LAST),
        (line_type(Rule(), Apply(), Record("shipped")), LAST),
        (line_type(Rule(), CHANGE, Fulfill(), Apply(), CHANGE, Fulfill()), LAST),
        (plan(Apply()), "APPLY can stand only once"),
        (plan(Approve(), Approve()), "APPROVE can stand only once"),
        (plan(Schedule(), Approve()), "APPROVE must come right after RULE"),
        (plan(Record("shipped"), Approve()), "APPROVE must come right after RULE"),
        (plan(Schedule(), Schedule()), "SCHEDULE can stand only once"),
        (plan(NotifyHolder(), Schedule()), "NOTIFY_HOLDER can't stand before SCHEDULE"),
        (plan(CHANGE, Fulfill(), Schedule()), "PLACE can't stand before SCHEDULE"),
        (replace(plan(Reserve(), Schedule()), effect="new_line"), "RESERVE can't stand before SCHEDULE"),
        (replace(plan(Reserve(), Reserve()), effect="new_line"), "RESERVE can stand only once"),
        (replace(plan(CHANGE, Fulfill(), Reserve()), effect="new_line"), "RESERVE must stand before the first PLACE"),
        (plan(NotifyHolder(), NotifyHolder()), "NOTIFY_HOLDER can stand only once"),
        (plan(CHANGE, Fulfill(), NotifyHolder()), "NOTIFY_HOLDER must stand before a PLACE"),
        (plan(Fulfill()), "FULFILL waits for the carrier, so a PLACE must stand before it"),
        (plan(Fulfill(), CHANGE, Fulfill()), "FULFILL waits for the carrier, so a PLACE must stand before it"),
        (plan(Activate()), "ACTIVATE waits for the carrier, so a PLACE must stand before it"),
        (plan(CHANGE), "PLACE of 'change_plan' needs a FULFILL after it"),
        (plan(CHANGE, Place("resume"), Fulfill()), "PLACE of 'change_plan' needs a FULFILL after it"),
        (plan(CHANGE, Fulfill(), Place("resume")), "PLACE of 'resume' needs a FULFILL after it"),
        (plan(CHANGE, Activate()), "PLACE of 'change_plan' needs a FULFILL after it"),
        (plan(CHANGE, Activate(), READY), "ACTIVATE must stand after a FULFILL"),
        (plan(CHANGE, Fulfill(), Activate()), "ACTIVATE waits for nothing"),
        (plan(CHANGE, READY, Activate(), Activate()), "ACTIVATE waits for nothing"),
        (plan(CHANGE, READY, Activate(), Fulfill()), "FULFILL waits for nothing"),
        (plan(CHANGE, Fulfill(), SHIPPED), "FULFILL waits for nothing"),
        (plan(CHANGE, Fulfill(until=ItemState.DECLINED)), "FULFILL can't wait until an item is declined"),
    ],
)
def test_a_sequence_that_makes_no_sense_is_refused(kind: OrderType, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"^SAMPLE: (.*; )?{problem}"):
        check(kind)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (replace(plan(), approval="MANAGER"), "the approval plan MANAGER needs APPROVE"),
        (replace(plan(Approve()), approval="NONE"), "APPROVE is useless with the approval plan NONE"),
        (plan(Reserve()), "RESERVE needs an effect with a reservation, but 'change_plan' has none"),
        (replace(plan(), effect="new_line"), "the effect 'new_line' needs RESERVE"),
        (replace(plan(NotifyHolder()), subject=Subject.NONE), "NOTIFY_HOLDER needs lines"),
        (replace(plan(), touches=(Aspect.USE,)), "it touches use, but no item of this type is about a device"),
        (
            replace(plan(), subject=Subject.DEVICE, touches=(Aspect.SIM, Aspect.USE, Aspect.PLAN)),
            "it touches sim and plan, but no item of this type is about a line",
        ),
        (replace(plan(), cancel_window=CancelWindow(Milestone.PLACED)), "canceling ends at PLACED, which"),
        (
            replace(plan(CHANGE, Fulfill()), cancel_window=CancelWindow(Milestone.SHIPPED)),
            "canceling ends at SHIPPED, which",
        ),
        (
            replace(plan(CHANGE, SHIPPED), cancel_window=CancelWindow(Milestone.ACTIVATED)),
            "canceling ends at ACTIVATED, which",
        ),
        (
            replace(plan(), cancel_window=CancelWindow(Milestone.APPLIED, days_before_start=1)),
            "without SCHEDULE there is none",
        ),
    ],
)
def test_what_does_not_fit_the_steps_is_refused(kind: OrderType, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^SAMPLE: ") as refused:
        check(kind)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("notice", "many"),
    [("", ""), ("Your SIM will change.", ""), ("{lines} and {sims} will change.", ""), (NOTICE.notice, "Your SIMs.")],
)
@pytest.mark.parametrize("in_variant", [False, True])
def test_a_type_that_notifies_without_saying_of_what_is_refused(notice: str, many: str, *, in_variant: bool) -> None:
    kind = plan(NotifyHolder())
    if in_variant:
        kind = replace(plan(), variants=(variant("expedite", True, steps=kind.steps),))
    check(kind)
    with pytest.raises(ValueError, match=r"must name \{lines\} and nothing else"):
        check(replace(kind, texts=replace(NOTICE, notice=notice, notice_for_many=many)))


def test_a_type_needs_a_notice_only_if_it_notifies() -> None:
    check(replace(plan(), texts=replace(NOTICE, notice="")))


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=rf"{FIRST}.* \(in APPROVE\); {LAST}"):
        check(line_type(Approve()))


def test_an_unknown_effect_names_the_nearest() -> None:
    with pytest.raises(UnknownWordError, match="did you mean 'change_plan'"):
        check(replace(plan(), effect="change_pln"))


def variant(question: str, equals: Any, **changes: Any) -> Variant:
    return Variant(question=question, equals=equals, changes=changes)


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (
            variant("plan", "BASIC", effect="resume"),
            "depends on 'plan', which is not asked before the order is submitted",
        ),
        (variant("suspend_reason", "seasnal", step_up=True), "depends on 'seasnal', which is no answer to"),
        (variant("expedite", True, texts=NOTICE), "a variant changes texts; it can change approval, "),
        (variant("expedite", True, no_such_field=1), "a variant changes no_such_field; it can change "),
        (variant("billing", True, checks=("line_active",)), "a variant by an item's answer can change only "),
        (variant("billing", True, steps=(Rule(), CHANGE, Fulfill(), Apply())), "and no step of the order"),
        (variant("billing", True, steps=(Rule(),)), LAST),
    ],
)
def test_a_variant_that_makes_no_sense_is_refused(one: Variant, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^SAMPLE: ") as refused:
        check(replace(plan(), variants=(one,)))
    assert problem in str(refused.value)


def test_a_variant_by_an_item_s_answer_can_change_its_own_steps_and_what_the_carrier_is_asked() -> None:
    own = (Rule(), Place("resume"), SHIPPED, Record("shipped"), Apply())
    check(replace(plan(CHANGE, Fulfill()), variants=(variant("billing", True, steps=own, approval="NONE"),)))


def test_a_variant_by_an_order_wide_answer_can_change_everything() -> None:
    steps = (Rule(), Approve(), CHANGE, Fulfill(), Apply())
    check(replace(plan(), variants=(variant("expedite", True, steps=steps, approval="MANAGER", checks=()),)))


def test_variants_that_make_sense_alone_are_refused_if_they_make_none_together() -> None:
    approves = variant("expedite", True, steps=(Rule(), Approve(), Apply()), approval="MANAGER")
    without = variant("billing", True, steps=(Rule(), Apply()))
    check(replace(plan(), variants=(approves,)))
    check(replace(plan(), variants=(without,)))
    with pytest.raises(ValueError, match="the approval plan MANAGER needs APPROVE"):
        check(replace(plan(), variants=(approves, without)))


def test_a_variant_of_an_item_is_compared_with_the_order_that_it_is_in() -> None:
    """With the order-wide variant, an item of its own variant would lack the order's PLACE."""
    places = variant("expedite", True, steps=(Rule(), CHANGE, Fulfill(), Apply()))
    records = variant("billing", True, steps=(Rule(), Record("shipped"), Apply()))
    check(replace(plan(), variants=(records,)))
    with pytest.raises(ValueError, match="and no step of the order"):
        check(replace(plan(), variants=(places, records)))


def test_more_combinations_than_can_be_checked_are_refused() -> None:
    reasons = [variant("suspend_reason", f"reason {number}", step_up=True) for number in range(MAX_COMBINATIONS)]
    with pytest.raises(ValueError, match=f"SAMPLE: its variants have more than {MAX_COMBINATIONS} combinations"):
        list(replace(plan(), variants=tuple(reasons)).possible())


@pytest.mark.parametrize(
    "changes",
    [
        {"inverse": "GONE"},
        {"follow_ups": ("SAMPLE", "GONE")},
        {"alternatives": (Alternative("LINE_NOT_ACTIVE", "GONE"),)},
    ],
)
def test_a_type_names_only_types_that_exist_to_follow_its_orders(changes: dict[str, Any]) -> None:
    check_following([plan(), replace(plan(), code="OTHER", inverse="SAMPLE")])
    with pytest.raises(ValueError, match="SAMPLE: no type has the code GONE"):
        check_following([replace(plan(), **changes)])
