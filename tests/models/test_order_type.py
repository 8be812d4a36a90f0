"""The variants of an order type that can apply together, and until when its orders can be canceled."""

from datetime import UTC, datetime, timedelta

import pytest

from models.order_type import CancelWindow, Milestone, OrderType, Variant
from tests.sample_types import sample_type


def varying(*variants: tuple[str, object, str]) -> OrderType:
    """A type with a variant for each question and answer, which adds a check."""
    return sample_type(
        variants=tuple(Variant(question=one, equals=answer, changes={field: field}) for one, answer, field in variants)
    )


def possible(kind: OrderType) -> list[tuple[str, str]]:
    return [(one.approval, one.effect) for one in kind.possible()]


def test_a_type_without_variants_is_possible_as_it_is() -> None:
    assert possible(varying()) == [("MANAGER", "new_line")]


def test_variants_of_different_questions_are_combined() -> None:
    assert possible(varying(("a", True, "approval"), ("b", True, "effect"))) == [
        ("MANAGER", "new_line"),
        ("MANAGER", "effect"),
        ("approval", "new_line"),
        ("approval", "effect"),
    ]


def test_variants_of_one_question_exclude_each_other() -> None:
    assert possible(varying(("a", 1, "approval"), ("a", 2, "effect"))) == [
        ("MANAGER", "new_line"),
        ("approval", "new_line"),
        ("MANAGER", "effect"),
    ]


def test_variants_of_the_same_answer_apply_together() -> None:
    assert possible(varying(("a", ["x"], "approval"), ("a", ["x"], "effect"))) == [
        ("MANAGER", "new_line"),
        ("approval", "effect"),
    ]


@pytest.mark.parametrize(("days", "text"), [(1, "less than 1 day before"), (2, "less than 2 days before")])
def test_a_window_says_in_words_by_what_it_is_closed(days: int, text: str) -> None:
    window, now = CancelWindow(Milestone.SHIPPED, days_before_start=days), datetime(2026, 11, 25, tzinfo=UTC)
    assert window.closed_by(Milestone.PLACED, None, now) is None
    assert window.closed_by(Milestone.PLACED, now + timedelta(days=3), now) is None
    assert window.closed_by(Milestone.PLACED, now + timedelta(days=1), now) == f"{text} its start date"
    assert window.closed_by(Milestone.SHIPPED, None, now) == "once it's shipped"
