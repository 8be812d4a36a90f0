"""The questions of all order types, by theme."""

from collections.abc import Mapping
from typing import Any

from models import registry
from models.question import Question, Secrecy


def find(code: str) -> Question[Any]:
    """Raises UnknownWordError."""
    return registry.find(__name__, Question, code)


def all_by_code() -> Mapping[str, Question[Any]]:
    return registry.load(__name__, Question)


def private_codes() -> frozenset[str]:
    """The codes of the questions whose answers only some readers see in full."""
    return frozenset(code for code, question in all_by_code().items() if question.secrecy is not Secrecy.PLAIN)


def label_for(name: str) -> str:
    """Label a question by its code, or by the name of a field that only the carrier knows."""
    question = all_by_code().get(name)
    return question.label if question else name.replace("_", " ")
