"""Answers to the questions of any order type."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from stdnum import luhn

from models import questions
from models.order_type import FrozenType, OrderType
from models.question import AskedAt, Question, Source
from models.questions.sim import ICCID

# Answers that differ from the questions' examples.
_ANSWERS: Mapping[str, Any] = {
    "device": "PHONE-1",
    "plan": "PLAN-1",
    "payment_term": "full",
    "add_features": ["FEATURE-1"],
    "ship_to": {
        "name": "Rae Quester",
        "line1": "1 Main St",
        "line2": "",
        "city": "Chicago",
        "state": "IL",
        "postal_code": "60601",
        "country": "US",
    },
}

# Optional, but without any of them an order would change nothing.
_CHANGES = frozenset({"add_features"})

_serials = count(1)  # of SIMs


def sample_answers(kind: OrderType, given: Mapping[str, Any]) -> dict[str, Any]:
    """These answers, and one to each other question that is not optional, as the variant asks that they select."""
    selected = kind.resolve({**_sample_answers(kind), **given})
    return {**_sample_answers(selected), **given}


def _sample_answers(kind: FrozenType) -> dict[str, Any]:
    needed = [
        one for one in kind.asked(AskedAt.SUBMIT) if one.code in _CHANGES or one.by not in {Source.NONE, Source.CARRIER}
    ]
    asked = [(questions.find(one.code), one.by) for one in needed]
    return {one.code: _sample_answer(one) for one, by in asked if not (by is Source.CHECK and one.product)}


def _sample_answer(question: Question[Any]) -> Any:
    """Each SIM is named once."""
    if question is ICCID:
        body = f"89019922222{next(_serials):07}"
        return f"{body}{luhn.calc_check_digit(body)}"
    return _ANSWERS.get(question.code, question.parse(question.example))
