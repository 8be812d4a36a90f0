"""Texts that were read as windows-1252, and are not: MacRoman, the code pages of DOS, Eastern Europe and Russia."""

import re

# The letters beyond ASCII that one language has, where windows-1252 has them. Languages that add none are left out.
_ALPHABETS = tuple(
    map(
        frozenset,
        (
            "àâäçèéêëîïôœùûüÿæñ",  # French, Breton
            "äåæéöøüóòôê",  # German, Danish, Norwegian, Swedish, Finnish
            "áéíóúñüïçªº",  # Spanish, Galician, Irish
            "àáâãçéêíóôõúü",  # Portuguese
            "àèéêìíîòóôùúïüç",  # Italian, Catalan
            "áæðéíóöúýþ",  # Icelandic
            "æðøóú",  # Faroese
            "éèêëïöüîôûóä",  # Dutch, Afrikaans
            "áéíóöúüäâêîôûë",  # Hungarian, Slovak, Welsh
            "áéíóúýšžäôöüõ",  # Czech, Slovak, Slovene, Estonian
            "çöüâîûëêñ",  # Turkish, Albanian
        ),
    )
)
_WORD = re.compile(
    "[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e]+"
)
_MIN_FOREIGN_WORD = 3
_LOWER = "[a-z\u00df-\u00f6\u00f8-\u00ff]"
_LETTER = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]"
# What other encodings have where windows-1252 has a capital letter or a sign.
_SIGNS = re.compile(
    f"{_LETTER}*(?:"
    f"{_LOWER}[\u017d\u0160\u0178\u0152\u00c0-\u00d6\u00d8-\u00de]"
    f"|\u0178{_LOWER}"
    f"|{_LETTER}[†‡ˆ‰‹›¤¦¨¬¯¸¹²³¼½¾×÷„‚ƒ“”¡¢£¥¿ºª]{_LETTER}"  # noqa: RUF001
    f"|{_LOWER}[–—…™]{_LOWER}"
    f"|{_LETTER}[‚„ˆ¤¿¡¨¯](?!{_LETTER})"  # noqa: RUF001
    f"|{_LETTER}{{3}}[¹³¢¼¾]"
    f"|(?<!{_LETTER})[£¥¯ª¹³¼¾ˆ‰™]{_LOWER}{{2}}"
    f"){_LETTER}*"
)


def misread(text: str) -> str:
    """The first word that no one has written in windows-1252; empty if there is none."""
    found = _SIGNS.search(text)
    return found[0] if found else next((word for word in _WORD.findall(text) if _is_foreign(word)), "")


def _is_foreign(word: str) -> bool:
    letters = {letter for letter in word.lower() if not letter.isascii()}
    is_all_foreign = len(word) >= _MIN_FOREIGN_WORD and not any(map(str.isascii, word))
    return bool(letters) and (is_all_foreign or not any(letters - {"ß"} <= alphabet for alphabet in _ALPHABETS))
