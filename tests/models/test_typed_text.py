import pytest

from models.typed_text import trimmed

UNSEEN = [
    "",
    " ",
    "\t\n",
    "\u200b",
    "\u200b\u200d \ufeff",
    "\u2060\u00ad",
    "\u202e\u2066",
    "\u3164",
    "\u2800",
    "\ufe0f",
]


@pytest.mark.fault("52")
@pytest.mark.parametrize("text", UNSEEN)
def test_a_text_in_which_nothing_can_be_seen_is_empty(text: str) -> None:
    assert trimmed(text) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [("  Lost it. ", "Lost it."), ("\u200bx", "\u200bx"), ("\u2764\ufe0f", "\u2764\ufe0f"), ("\u05e0", "\u05e0")],
)
def test_a_text_loses_only_spaces_at_its_ends(text: str, kept: str) -> None:
    assert trimmed(text) == kept
