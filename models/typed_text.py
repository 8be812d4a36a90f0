"""Texts that people type."""

import re
import unicodedata

# First and last of the characters that nobody sees: those with Unicode's property Default_Ignorable_Code_Point, spaces
# and controls, and signs without a shape of their own.
_UNSEEN_RANGES = (
    *((0x0000, 0x0020), (0x007F, 0x00A0), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160)),
    *((0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F)),
    *((0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0)),
    *((0xFFF0, 0xFFFB), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)


def _escaped(code: int) -> str:
    """In patterns only these escapes mean the same to Python and JSON Schema; beyond them, the character itself."""
    return f"\\u{code:04x}" if code < 0x10000 else chr(code)  # noqa: PLR2004 - the last that four digits can write


_UNSEEN = "".join(f"{_escaped(first)}-{_escaped(last)}" for first, last in _UNSEEN_RANGES)
_SEEN = re.compile(f"[^{_UNSEEN}]")

# Pieces of patterns, in JSON Schema as well as here. A character of one line: no control, no line break, and no mark
# that turns the direction of what follows.
LINE_CHAR = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
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
    return text.strip() if _SEEN.search(text) else ""
