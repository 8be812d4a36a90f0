from typing import Any

import pytest

from api.order_form.fields import FormState, Option, Widget, field_of
from models.question import Asked, Question, Source
from models.questions.consent import USE_POLICY
from models.questions.line import LINE
from models.questions.products import LOST_FEATURES
from models.questions.reassignment import DEVICE_MOVES
from models.questions.shipping import SHIP_TO

PERSON, POLICY, NONE = Source.PERSON, Source.POLICY, Source.NONE


@pytest.mark.parametrize(
    ("question", "by", "widget"),
    [
        (DEVICE_MOVES, PERSON, Widget.RADIO),
        (DEVICE_MOVES, POLICY, Widget.RADIO),
        (DEVICE_MOVES, NONE, Widget.CHECKBOX),
        (USE_POLICY, PERSON, Widget.CHECKBOX),
        (LOST_FEATURES, NONE, Widget.CHECKBOX),
    ],
)
def test_a_checkbox_is_for_what_is_not_answered_if_it_is_not_checked(
    question: Question[Any], by: Source, widget: Widget
) -> None:
    assert field_of(question, Asked(question.code, by=by), "items.0", FormState(body={})).widget is widget


@pytest.mark.parametrize(("answer", "chosen"), [({}, []), ({"device_moves": False}, ["no"])])
def test_no_differs_from_no_answer(answer: dict[str, Any], chosen: list[str]) -> None:
    field = field_of(DEVICE_MOVES, Asked("device_moves"), "items.0", FormState(body={"items": [answer]}))
    assert (field.required, [value for value, _, _ in field.choices], field.chosen) == (True, ["yes", "no"], chosen)


def test_the_parts_of_an_address_are_labeled_by_its_schema() -> None:
    parts = field_of(SHIP_TO, Asked("ship_to"), "answers", FormState(body={})).parts
    assert [part.label for part in parts[:3]] == ["Name", "Street address", "Apartment, suite, floor"]
    assert [part.label for part in parts[3:]] == ["City", "State", "ZIP code", "Country"]


@pytest.mark.parametrize(("options", "help_"), [({}, LINE.help), ({"line": (Option("l1", "(312) 555-0142"),)}, "")])
def test_how_a_line_is_typed_is_said_only_where_it_is_typed(options: dict[str, tuple[Option, ...]], help_: str) -> None:
    assert field_of(LINE, Asked("line"), "items.0", FormState(body={}, options=options)).help == help_
