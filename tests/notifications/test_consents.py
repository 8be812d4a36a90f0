"""Which consents approvers read: those to something that the order costs the line."""

from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from models import questions
from models.question import Secrecy, Tell
from notifications.order_summary import details
from tests.fixtures.office import example_details
from tests.notifications.test_render import FULL, PLAN, RENDERER, order_email, text_of
from workflows.order_type_registry import order_type, order_types_by_code

TYPE = order_type("PLAN_CHANGE").resolve({})
BEFORE = {"plan": "PLAN-0", "kept_features": ["ROAM-1", "FILTER-1"]}
LOSES_ONE = {"line": "L1", "plan": "PLAN-1", "kept_features": ["FILTER-1"], "lost_features": True}
LOSES_NONE = {"line": "L1", "plan": "PLAN-1", "kept_features": ["ROAM-1", "FILTER-1"], "lost_features": True}


def told(answers: dict[str, Any]) -> dict[str, str]:
    names = {"ROAM-1": "International roaming"}
    return dict(details(TYPE, answers, names, up_to=Secrecy.PLAIN, requester="Erin Walsh", before=BEFORE))


def test_features_that_end_are_told_with_who_accepted_it() -> None:
    assert told(LOSES_ONE)["Features that end"] == "International roaming (accepted by Erin Walsh)"


@pytest.mark.parametrize("answers", [LOSES_NONE, LOSES_ONE | {"lost_features": None}])
def test_a_consent_that_accepts_nothing_is_not_told(answers: dict[str, Any]) -> None:
    assert "Features that end" not in told(answers)


@pytest.mark.parametrize("name", ["approval_needed", "reminder", "escalated", "reassigned"])
def test_the_email_to_an_approver_says_what_ends(name: str) -> None:
    order_details = example_details(FULL | PLAN)
    order_details.order.type = to_jsonable_python(TYPE)
    (item,) = order_details.items
    item.answers, item.before = LOSES_ONE, BEFORE
    text = " ".join(text_of(RENDERER.render(order_email(name, order_details, "maria"))).split())
    assert "Features that end: International roaming (accepted by Erin Walsh)" in text


def test_a_consent_that_is_optional_says_what_it_accepts() -> None:
    """No order of the type needs it as such, so it must say which do and what for."""
    optional = {asked.code for kind in order_types_by_code().values() for asked in kind.questions if not asked.required}
    consents = [questions.find(code) for code in optional if questions.find(code).tell is Tell.CONSENT]
    assert [question.code for question in consents if question.accepts is None] == []
    assert consents
