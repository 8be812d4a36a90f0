"""What a carrier has changed of a change of features."""

from typing import Any

import pytest

from models.questions.features import outcome_in_words, refused_of

ANSWERS: dict[str, Any] = {"add_features": ["WORLD"], "remove_features": ["PTT"], "replaced_features": ["EUROPE"]}
NO_WORLD = (("WORLD", "not sold"),)


@pytest.mark.parametrize(
    ("refused", "applied", "left"),
    [
        ((), None, ()),
        ((), ("WORLD", "PTT", "EUROPE"), ()),
        ((), ("WORLD", "PTT"), (("EUROPE", ""),)),
        ((), (), (("WORLD", ""), ("PTT", ""), ("EUROPE", ""))),
        (NO_WORLD, ("PTT", "EUROPE"), NO_WORLD),
        (NO_WORLD, None, (*NO_WORLD, ("EUROPE", ""))),
        ((("PTT", ""),), None, (("PTT", ""),)),
    ],
)
def test_what_is_not_changed_is_what_the_carrier_has_not_applied_or_else_what_it_refuses(
    refused: tuple[tuple[str, str], ...], applied: tuple[str, ...] | None, left: tuple[tuple[str, str], ...]
) -> None:
    assert refused_of(ANSWERS, refused, applied) == left


def test_an_answer_about_something_else_refuses_nothing() -> None:
    assert refused_of({"plan": "SMALL", "kept_features": ["PTT"]}, (), ()) == ()


def test_people_read_what_was_added_removed_and_replaced() -> None:
    assert outcome_in_words(ANSWERS, (), {}) == "Added: WORLD. Removed: PTT and EUROPE."
