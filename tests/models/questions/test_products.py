"""The features of a line with its new plan."""

import pytest

from models.questions.products import features_with_plan


@pytest.mark.parametrize(
    ("present", "left"),
    [
        (("EUROPE", "FILTER"), ["FILTER", "ROAM"]),
        (("EUROPE",), ["ROAM"]),
        (("EUROPE", "FILTER", "GIFT"), ["FILTER", "ROAM", "GIFT"]),
    ],
    ids=["as at submission", "lost since", "gained since"],
)
def test_they_follow_from_what_the_line_has_now(present: tuple[str, ...], left: list[str]) -> None:
    """The plan keeps the filter, brings roaming, and doesn't offer Europe."""
    before = {"kept_features": ["EUROPE", "FILTER"]}
    assert features_with_plan({"kept_features": ["FILTER", "ROAM"]}, before, present) == left


def test_without_an_answer_all_stay() -> None:
    assert features_with_plan({}, {}, ("EUROPE",)) == ["EUROPE"]
