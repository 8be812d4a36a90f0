"""The questions of all order types, by theme."""

from collections.abc import Mapping
from typing import Any

from models import registry
from models.question import Question


def find(code: str) -> Question[Any]:
    """Raises UnknownWordError."""
    return registry.find(__name__, Question, code)


def all_by_code() -> Mapping[str, Question[Any]]:
    return registry.load(__name__, Question)


def label_for(name: str) -> str:
    """Label a question by its code, or by the name of a field that only the carrier knows."""
    question = all_by_code().get(name)
    return question.label if question else name.replace("_", " ")
