"""From the fields of a form to the body of an order, and back."""

import pytest

from api.order_form.parsing import document, value
from models.asks import Ask
from models.order_type import Family, OrderType

KIND = OrderType(
    code="PHONE",
    family=Family.NEW,
    title="A phone",
    asks=(Ask.DEVICE, Ask.FEATURES, Ask.SHIP_TO, Ask.EXPEDITE, Ask.USE_POLICY, Ask.IMEI),
    checks=(),
    steps=(),
    effect="new_line",
)


def test_fields_are_gathered_by_their_paths() -> None:
    body = document(
        KIND,
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


def test_what_is_empty_or_not_asked_is_left_out() -> None:
    body = document(KIND, [("reason", " "), ("answers.imei", "1"), ("items.0.device", ""), ("do", "review")])
    assert body == {"type": "PHONE", "answers": {}, "items": [{}]}


@pytest.mark.parametrize(("typed", "held"), [("yes", True), ("no", False), ("maybe", "maybe")])
def test_yes_and_no_are_read_and_anything_else_is_kept_to_be_refused(typed: str, held: object) -> None:
    assert document(KIND, [("answers.expedite", typed)])["answers"] == {"expedite": held}


@pytest.mark.parametrize(("told", "count"), [("0", 1), ("3", 3), ("-1", 1), ("many", 1), ("4000", 40)])
def test_a_form_has_as_many_items_as_it_says_within_reason(told: str, count: int) -> None:
    assert len(document(KIND, [("items", told)])["items"]) == count


def test_a_value_is_found_at_its_path() -> None:
    body = document(KIND, [("items.0.device", "A"), ("answers.ship_to.city", "Chicago")])
    assert value(body, "items.0.device") == "A"
    assert value(body, "answers.ship_to.city") == "Chicago"
    assert value(body, "items.3.device") is None
    assert value(body, "answers.ship_to.city.district") is None
