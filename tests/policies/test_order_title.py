"""Titles of orders, as they are stored."""

from models.order_type import Texts
from policies.order_title import order_title
from tests.policies.sample_facts import answering, changed, changing_plan, facts
from tests.policies.test_line_checks import LINE, OTHER, REASSIGN, SUSPEND
from tests.workflows.order_types.test_features_change import changing
from workflows.order_types.features_change import FeaturesChange
from workflows.order_types.plan_change import PlanChange

DONE = {"done": "It is done.", "done_for_many": "They are done."}
NEW_LINE = Texts(title="New line", **DONE)


def test_a_new_line_is_titled_by_its_device_and_person() -> None:
    assert order_title(NEW_LINE, facts()) == "Phone for Ann"
    assert order_title(NEW_LINE, answering({}, {}, {})) == "Phone and 2 more for Ann"


def test_a_new_line_without_a_device_is_titled_by_its_plan() -> None:
    assert order_title(NEW_LINE, facts(answers=({"plan": "PLAN"},))) == "Plan for Ann"
    assert order_title(NEW_LINE, facts(answers=({},))) == "New line for Ann"


def test_an_order_for_lines_is_titled_by_the_first_number() -> None:
    suspend = Texts(title="Suspend", order_title="Suspend {subject}", **DONE)
    both = facts(type=SUSPEND, lines={"l1": LINE, "l2": OTHER}, answers=({"line": "l1"}, {"line": "l2"}))
    assert order_title(suspend, both) == "Suspend +13125550142 and 1 more"
    reassign = Texts(title="Reassign", order_title="{subject} to {beneficiary}", **DONE)
    unnumbered = changed(LINE, mdn=None)
    moved = facts(type=REASSIGN, lines={"l1": unnumbered}, answers=({"line": "l1"},))
    assert order_title(reassign, moved) == "Line without a number to Ann"


def test_a_change_is_titled_by_what_the_line_gets_or_loses() -> None:
    texts = FeaturesChange.order_type.texts
    added = changing(("FILTER", "TRIAL"), remove=("BASIC",), ends_on="2026-03-31")
    assert order_title(texts, added) == "Filter and 1 more for +13125550142"
    assert order_title(texts, changing(remove=("BASIC",))) == "Removal of Basic for +13125550142"
    assert order_title(texts, changing()) == "Add or remove features for +13125550142"
    assert order_title(PlanChange.order_type.texts, changing_plan("SMALL")) == "+13125550140 to Small"
