"""Titles of orders, as they are stored."""

from dataclasses import replace

from policies.order_title import order_title
from tests.policies.sample_facts import answering, changed, facts
from tests.policies.test_line_checks import LINE, OTHER, REASSIGN, SUSPEND


def test_a_new_line_is_titled_by_its_device_and_person() -> None:
    assert order_title(facts()) == "Phone for Ann"
    assert order_title(answering({}, {}, {})) == "Phone and 2 more for Ann"


def test_a_new_line_without_a_device_is_titled_by_its_plan() -> None:
    assert order_title(facts(answers=({"plan": "PLAN"},))) == "Plan for Ann"
    assert order_title(facts(answers=({},))) == "New line for Ann"


def test_an_order_for_lines_is_titled_by_the_first_number() -> None:
    suspend = replace(SUSPEND, order_title="Suspend {subject}")
    both = facts(type=suspend, lines={"l1": LINE, "l2": OTHER}, answers=({"line": "l1"}, {"line": "l2"}))
    assert order_title(both) == "Suspend +13125550142 and 1 more"
    reassign = replace(REASSIGN, order_title="{subject} to {beneficiary}")
    unnumbered = changed(LINE, mdn=None)
    moved = facts(type=reassign, lines={"l1": unnumbered}, answers=({"line": "l1"},))
    assert order_title(moved) == "Line without a number to Ann"
