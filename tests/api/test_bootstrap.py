from dataclasses import replace

import pytest

from api.bootstrap import resolve_words
from models.order_type import Variant
from models.question import Asked, AskedAt, Source
from models.registry import UnknownWordError
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

