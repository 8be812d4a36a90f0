"""Texts that people type."""

import unicodedata

# Whitespace, control and format characters: zero-width spaces and joiners, marks of direction.
_INVISIBLE_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
# Letters, symbols and marks without a shape of their own.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10))))


def trimmed(text: str) -> str:
    """The text without spaces at its ends; empty if nothing of it can be seen."""
    return text.strip() if any(map(_is_visible, text)) else ""


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE_CATEGORIES and char not in _INVISIBLE
