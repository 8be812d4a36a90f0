from dataclasses import replace
from decimal import Decimal

from pydantic import TypeAdapter

from models.order import Ruling
from policies.evaluate import evaluate_order
from tests.policies.sample_facts import ADA, NEW_LINE, answering, changing_plan, facts, person, policy


def test_a_typical_order_is_allowed_and_goes_to_the_manager() -> None:
    ruling = evaluate_order(facts())
    assert ruling.allowed
    assert ruling.quote.term_total == Decimal("1200.00")
    assert [stage.label for stage in ruling.plan] == ["Manager"]
    assert (ruling.policy_version, ruling.decided_by, ruling.flags) == (3, None, ())


def test_an_order_without_approval_is_decided_by_the_policy() -> None:
    ruling = evaluate_order(facts(type=replace(NEW_LINE, approval="NONE")))
    assert (ruling.plan, ruling.decided_by) == ((), "policy v3: no approval needed for this type of order")


def test_a_cheaper_plan_needs_no_approval_and_a_dearer_one_does() -> None:
    cheaper, dearer = evaluate_order(changing_plan("SMALL")), evaluate_order(changing_plan("LARGE"))
    assert (cheaper.errors, cheaper.plan) == ((), ())
    assert cheaper.decided_by == "policy v3: no approval needed, because the order adds no cost"
    assert ([stage.label for stage in dearer.plan], dearer.decided_by) == (["Manager"], None)


def test_a_rejected_order_has_no_plan_and_names_the_violated_rules() -> None:
    ruling = evaluate_order(facts(requester=person("Eve"), cost_center_recurring="CC-9"))
    assert ruling.plan == ()
    assert ruling.decided_by == "policy v3: NOT_AUTHORIZED_ON_BEHALF, COST_CENTER_INVALID"


def test_an_order_over_the_threshold_is_flagged_and_asks_the_budget_owner() -> None:
    ruling = evaluate_order(facts(policy=policy(threshold=Decimal("1200.00"))))
    assert ruling.flags == ("OVER_THRESHOLD",)
    assert [stage.label for stage in ruling.plan] == ["Manager", "Budget"]


def test_an_order_without_an_approver_is_rejected() -> None:
    (error,) = evaluate_order(facts(managers=(), admins=(replace(ADA, active=False),))).errors
    assert error.code == "NO_APPROVER"


def test_an_order_for_unknown_products_is_rejected() -> None:
    assert [error.code for error in evaluate_order(answering({"device": "ABSENT", "plan": "ABSENT"})).errors] == [
        "NOT_IN_CATALOG",
        "NOT_IN_CATALOG",
    ]


def test_an_order_is_moved_as_far_ahead_as_its_policy_lets_it_start() -> None:
    assert evaluate_order(facts(policy=policy(effective_days_ahead=14))).effective_days_ahead == 14


def test_the_ruling_is_deterministic_and_serializable() -> None:
    ruling, codec = evaluate_order(facts()), TypeAdapter(Ruling)
    assert evaluate_order(facts()) == ruling
    assert codec.validate_json(codec.dump_json(ruling)) == ruling
