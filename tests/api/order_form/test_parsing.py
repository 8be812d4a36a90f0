"""Converting form fields to an order body and back."""

import pytest

from api.order_form.parsing import document, value_at
from tests.sample_types import sample_type

TYPE = sample_type("device", "features", "ship_to", "expedite", "use_policy", "imei", code="PHONE")


def test_fields_are_nested_by_their_paths() -> None:
    body = document(
        TYPE,
        [
            ("beneficiary_id", "P1"),
            ("reason", "  Old one broke. "),
            ("answers.use_policy", "yes"),
            ("answers.ship_to.city", "Chicago"),
            ("items", "2"),
            ("items.0.device", "A"),
            ("items.0.features", "R1"),
            ("items.0.features", "R2"),
            ("items.1.device", "B"),
        ],
    )
    assert body == {
        "type": "PHONE",
        "beneficiary_id": "P1",
        "reason": "Old one broke.",
        "answers": {"use_policy": True, "ship_to": {"city": "Chicago"}},
        "items": [{"device": "A", "features": ["R1", "R2"]}, {"device": "B"}],
    }


def test_empty_and_unknown_fields_are_left_out() -> None:
    body = document(TYPE, [("reason", " "), ("answers.imei", "1"), ("items.0.device", ""), ("do", "review")])
    assert body == {"type": "PHONE", "answers": {}, "items": [{}]}


@pytest.mark.parametrize(("typed", "parsed"), [("yes", True), ("no", False), ("maybe", "maybe")])
def test_yes_and_no_are_parsed_and_other_values_are_kept_for_validation(typed: str, parsed: object) -> None:
    assert document(TYPE, [("answers.expedite", typed)])["answers"] == {"expedite": parsed}


@pytest.mark.parametrize(("items", "count"), [("0", 1), ("3", 3), ("-1", 1), ("many", 1), ("4000", 40)])
def test_the_number_of_items_is_limited(items: str, count: int) -> None:
    assert len(document(TYPE, [("items", items)])["items"]) == count


def test_a_value_is_found_by_its_path() -> None:
    body = document(TYPE, [("items.0.device", "A"), ("answers.ship_to.city", "Chicago")])
    assert value_at(body, "items.0.device") == "A"
    assert value_at(body, "answers.ship_to.city") == "Chicago"
    assert value_at(body, "items.3.device") is None
    assert value_at(body, "answers.ship_to.city.district") is None
