"""Who agrees to what an order asks to be agreed to: the requester at submit, anyone else once it is approved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models import questions
from models.facts import Facts
from models.order_type import FrozenType
from models.question import Answerer, Asked, AskedAt, Question


@dataclass(frozen=True, kw_only=True)
class Consent:
    """A consent of an order, and the person whose it is. `given` with the order; otherwise it is still to be asked."""

    question: Question[Any]
    person_id: str
    given: bool


def is_answered_by_requester(asked: Asked, facts: Facts) -> bool:
    """Whether the answer is the requester's own. Who orders for someone else can't answer for them."""
    answerer = facts.requester if asked.who is Answerer.REQUESTER else facts.beneficiary.representative
    return answerer is not None and answerer.id == facts.requester.id


def asked_of_requester(order_type: FrozenType, facts: Facts) -> tuple[Asked, ...]:
    """The questions that the requester answers at submit."""
    return tuple(one for one in order_type.asked(AskedAt.SUBMIT) if is_answered_by_requester(one, facts))


def asked_of_others(order_type: FrozenType, facts: Facts) -> tuple[Question[Any], ...]:
    """The consents that someone else is asked for once the order is approved."""
    at_submit = order_type.asked(AskedAt.SUBMIT)
    return tuple(questions.find(one.code) for one in at_submit if not is_answered_by_requester(one, facts))


def consents(facts: Facts) -> Iterator[Consent]:
    """The consents of an order whose answers are resolved; none of a holder for whom no one acts."""
    for asked in asked_of_requester(facts.type, facts):
        question = questions.find(asked.code)
        if question.is_consent and any(question.of(answers) for answers in facts.answers):
            yield Consent(question=question, person_id=facts.requester.id, given=True)
    other = facts.beneficiary.representative
    for question in asked_of_others(facts.type, facts) if other else ():
        assert other is not None
        yield Consent(question=question, person_id=other.id, given=False)
