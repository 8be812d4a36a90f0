import re

import pytest

from models.typed_text import trimmed
from tests.project_files import ROOT

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


@pytest.mark.fault("52")
def test_no_request_is_trimmed_in_another_way() -> None:
    """A text of spaces that nobody sees would count as given."""
    other = re.compile(r"strip_whitespace|\.strip\(\)")
    schemas = [path for path in (ROOT / "api").rglob("schemas.py") if other.search(path.read_text())]
    assert schemas == []
