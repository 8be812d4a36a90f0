"""Checks the words of order types when a process starts. Each process that runs orders calls it before anything else.

It is in this package because words are of all packages below it, and both the API and the worker are above it.
"""

from collections.abc import Iterable

from carriers.tmf622.action import find_action
from models import questions
from models.db.fact_loader import loader_of
from models.effect import find_effect
from models.event import find_event
from models.order_type import FrozenType, OrderType
from models.registry import named_by
from models.step import carrier_actions, recorded_events
from models.task import opened_by
from policies import answers, approval, eligibility


def check_words(order_types: Iterable[OrderType]) -> None:
    """Raises UnknownWordError, with the type and the nearest code, for a word that no module defines."""
    for order_type in order_types:
        with named_by(order_type.code):
            for kind in order_type.possible():
                _find_words(kind)
            for fact in eligibility.needs(order_type):
                loader_of(fact)


def _find_words(kind: FrozenType) -> None:
    for question in kind.codes:
        questions.find(question)
    answers.check_defaults(kind)
    approval.find(kind.approval)
    find_effect(kind.effect)
    for event in recorded_events(kind.steps):
        find_event(event)
        opened_by(event)
    for action in carrier_actions(kind.steps):
        find_action(action)
