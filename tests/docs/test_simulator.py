"""docs/simulator.md says of every way to go wrong what the simulated carrier knows of it."""

from demo.simulator import behaviors
from demo.simulator.behaviors import DEFAULT_VALUES, Behavior
from tests.docs.pages import DOCS, table

ROWS = table(DOCS / "simulator.md", "word")
WORDS = [str(field.alias) for field in Behavior.model_fields.values()]


def test_every_word_has_its_row_in_the_order_of_the_code() -> None:
    assert [row["word"] for row in ROWS] == WORDS


def test_a_word_alone_means_what_its_row_says() -> None:
    assert {row["word"]: row["default"] for row in ROWS if row["default"]} == {
        word: str(value) for word, value in DEFAULT_VALUES.items()
    }


def test_the_code_tells_every_word_as_well() -> None:
    assert [word for word in WORDS if word not in (behaviors.__doc__ or "")] == []
