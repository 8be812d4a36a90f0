from dataclasses import replace
from typing import Any

import pytest

from api.bootstrap import resolve_words
from models.order_type import Variant
from models.question import Asked, AskedAt, Source
from models.registry import UnknownWordError
from models.step import Activate, Place, Rule
from tests.policies.sample_facts import NEW_LINE


def test_an_unknown_approval_plan_stops_the_process() -> None:
    with pytest.raises(UnknownWordError, match="did you mean 'MANAGER_THEN_BUDGET'"):
        resolve_words([replace(NEW_LINE, approval="MANAGER_THEN_BUGDET")])
    changed = Variant(question="plan", equals="BASIC", changes={"approval": "MANAGER_THEN_BUGDET"})
    with pytest.raises(UnknownWordError):
        resolve_words([replace(NEW_LINE, variants=(changed,))])


def test_a_question_whose_default_nothing_computes_stops_the_process() -> None:
    for at in (AskedAt.SUBMIT, AskedAt.NEVER):
        with pytest.raises(UnknownWordError, match="has no DefaultAnswer 'imei'"):
            resolve_words([replace(NEW_LINE, questions=(Asked("imei", at=at, by=Source.EMPLOYEE),))])


@pytest.mark.parametrize("changes", [{"checks": ()}, {"steps": (Rule(), Place("new_line"))}])
def test_a_variant_by_an_item_s_answer_that_changes_the_order_stops_the_process(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a variant by 'plan' can change only"):
        resolve_words([replace(NEW_LINE, variants=(Variant(question="plan", equals="BASIC", changes=changes),))])


def test_a_variant_by_an_item_s_answer_can_add_steps_of_items() -> None:
    steps = (*NEW_LINE.steps, Activate())
    resolve_words([replace(NEW_LINE, variants=(Variant(question="plan", equals="B", changes={"steps": steps}),))])
