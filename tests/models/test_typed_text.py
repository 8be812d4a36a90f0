import re
from typing import Annotated

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from models.question import Question
from models.questions.subscriber import CARRIER_LABEL, SUBSCRIBER_NAME
from models.typed_text import FILLED_LINE, LINE_START, trimmed
from tests.project_files import ROOT

# What Unicode's tables say, as another library has them, and signs that have no shape though they are none of these.
IGNORED = TypeAdapter(
    Annotated[str, StringConstraints(pattern=r"[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}]")]
)
SHAPELESS = {"\u2800", "\ufff9", "\ufffa", "\ufffb", "\U0001d159", *map(chr, range(0x13430, 0x13440))}
BLOCK = 0x100


def _has_ignored(text: str) -> bool:
    try:
        IGNORED.validate_python(text)
    except ValidationError:
        return False
    return True


def _unseen() -> set[str]:
    """Every character that nobody sees."""
    chars = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    blocks = ["".join(chars[start : start + BLOCK]) for start in range(0, len(chars), BLOCK)]
    return SHAPELESS | {char for block in blocks if _has_ignored(block) for char in block if _has_ignored(char)}


@pytest.mark.fault("52")
def test_exactly_a_text_in_which_nothing_can_be_seen_is_empty() -> None:
    unseen = _unseen()
    assert {char for code in range(0x110000) if not trimmed(char := chr(code))} == unseen
    assert len(unseen) > 4000
    assert trimmed("".join(sorted(unseen))) == ""


@pytest.mark.fault("52")
@pytest.mark.parametrize("question", [SUBSCRIBER_NAME, CARRIER_LABEL], ids=lambda one: one.code)
@pytest.mark.parametrize("unseen", ["\U000e0100", "\u180b", "\u2065", "\ufff0", "\U0001d159", "\u061c", "\U000e0041"])
def test_an_answer_that_nobody_sees_is_none(question: Question[str], unseen: str) -> None:
    with pytest.raises(ValueError, match="Enter a"):
        question.parse(unseen)


@pytest.mark.fault("52")
def test_a_pattern_accepts_a_start_or_a_line_only_if_it_can_be_seen() -> None:
    start, line, unseen = re.compile(LINE_START), re.compile(FILLED_LINE), _unseen()
    assert [char for char in unseen if start.fullmatch(char) or line.fullmatch(char)] == []
    assert [
        char for code in range(0x20, 0x3000) if (char := chr(code)) not in unseen and not line.fullmatch(char)
    ] == []


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
