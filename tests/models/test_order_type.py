"""The variants of an order type that can apply together."""

from models.order_type import OrderType, Variant
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
