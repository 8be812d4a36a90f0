"""Texts that people type."""

import re
import unicodedata

# Whitespace, control and format characters: zero-width spaces and joiners, marks of direction.
_INVISIBLE_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
# Letters, symbols and marks without a shape of their own.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10))))


# Pieces of patterns, in JSON Schema as well as here. A character of one line: no control, no line break, and no mark
# that turns the direction of what follows.
LINE_CHAR = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_UNSEEN = (
    r" \u00a0\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200f\u202f\u205f-\u2064\u2800\u3000\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0"
)
LINE_START = LINE_CHAR.replace("[^", f"[^{_UNSEEN}")  # one that can be seen
FILLED_LINE = f"[{_UNSEEN}]*{LINE_START}{LINE_CHAR}*"
_LINE = re.compile(f"{LINE_CHAR}*")


def one_line(text: str) -> str:
    """The trimmed text of a name or label, each letter with its accents as one character. Raises ValueError."""
    if not _LINE.fullmatch(text):
        raise ValueError("Use one line of plain text.")
    return trimmed(unicodedata.normalize("NFC", text))


def trimmed(text: str) -> str:
    """The text without spaces at its ends; empty if nothing of it can be seen."""
    return text.strip() if any(map(_is_visible, text)) else ""


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE_CATEGORIES and char not in _INVISIBLE
