"""Converting form fields to an order body and back."""

import pytest

from api.order_form.parsing import document, value_at, with_secrets
from tests.fixtures.throw_away import AddModule
from tests.sample_types import sample_type

TYPE = sample_type("device", "features", "ship_to", "expedite", "use_policy", "imei", code="PHONE")
SECRETS = """
from models.answer_type import text
from models.question import Question, Scope, Secrecy

PIN = Question(code="pin", label="PIN", help="", type=text(".+", "Any."), example="?", secrecy=Secrecy.SECRET)
PASSCODE = Question(
    code="passcode", label="Passcode", help="", type=text(".+", "Any."), example="?", scope=Scope.ORDER,
    secrecy=Secrecy.SECRET,
)
"""


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


def test_a_secret_is_read_only_from_the_form_that_submits(add_module: AddModule) -> None:
    add_module("models.questions", SECRETS)
    order_type = sample_type("device", "pin", "passcode", code="PHONE")
    fields = [("items", "2"), ("items.0.device", "A"), ("items.1.pin", "4829"), ("answers.passcode", "a b")]
    draft = document(order_type, fields)
    assert draft == {"type": "PHONE", "answers": {}, "items": [{"device": "A"}, {}]}
    submitted = with_secrets(draft, order_type, [*fields, ("items.0.device", "B"), ("items.2.pin", "1111")])
    assert submitted == {**draft, "answers": {"passcode": "a b"}, "items": [{"device": "A"}, {"pin": "4829"}]}


@pytest.mark.parametrize(("items", "count"), [("0", 1), ("3", 3), ("-1", 1), ("many", 1), ("4000", 40)])
def test_the_number_of_items_is_limited(items: str, count: int) -> None:
    assert len(document(TYPE, [("items", items)])["items"]) == count


def test_a_value_is_found_by_its_path() -> None:
    body = document(TYPE, [("items.0.device", "A"), ("answers.ship_to.city", "Chicago")])
    assert value_at(body, "items.0.device") == "A"
    assert value_at(body, "answers.ship_to.city") == "Chicago"
    assert value_at(body, "items.3.device") is None
    assert value_at(body, "answers.ship_to.city.district") is None
