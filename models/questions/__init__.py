"""The questions of all order types, by theme."""

from collections.abc import Mapping
from typing import Any

from models import registry
from models.question import MASK, Question, Secrecy, Tell


def find(code: str) -> Question[Any]:
    """Raises UnknownWordError."""
    return registry.find(__name__, Question, code)


def all_by_code() -> Mapping[str, Question[Any]]:
    return registry.load(__name__, Question)


def private_codes() -> frozenset[str]:
    """The codes of the questions whose answers only some readers see in full."""
    return frozenset(code for code, question in all_by_code().items() if question.secrecy is not Secrecy.PLAIN)


def with_text() -> frozenset[str]:
    """The codes of the consents for which a tenant can publish a text."""
    return frozenset(code for code, question in all_by_code().items() if question.agrees_to)


def can_change(code: str) -> bool:
    """Whether the answer can be another one after the approval: not what an order is about, nor what it costs."""
    question = find(code)
    return question.product is None and not question.priced and question.tell is not Tell.SUBJECT


def is_secret(code: str) -> bool:
    """Whether the answer to this question is a secret; a code of no question names none."""
    question = all_by_code().get(code)
    return question is not None and question.is_secret


def mask_secret_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, each secret replaced by the mask: it only says that there is one."""
    return {code: MASK if is_secret(code) else answer for code, answer in answers.items()}


def label_for(name: str) -> str:
    """Label a question by its code, or by the name of a field that only the carrier knows."""
    question = all_by_code().get(name)
    return question.label if question else name.replace("_", " ")
