"""Order numbers for people: six characters that are easy to read out on the phone, such as `D7K-4F2`."""

import re
import secrets

# Of look-alikes, one is used (5 S, 8 B, 2 Z) or none (0 O, 1 I L). No vowels, which could form words.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
_LENGTH = 6
_HALF = _LENGTH // 2
_NUMBER = re.compile(f"[{ALPHABET}]{{{_LENGTH}}}")
_IN_TEXT = re.compile(rf"(?<![\w-])[{ALPHABET}]{{{_HALF}}}-[{ALPHABET}]{{{_HALF}}}(?![\w-])", re.IGNORECASE)


def generate() -> str:
    """Generate a random order number; the database checks that it is unused."""
    return _format("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def parse(text: str) -> str | None:
    """Parse an order number in any case, with its dash, another sign, or none; None if it is not one."""
    plain = re.sub(r"[\s#./\-\u2010-\u2015]", "", text).upper()
    return _format(plain) if _NUMBER.fullmatch(plain) else None


def find(text: str) -> str | None:
    """The first order number that stands in a text, in any case and with its dash; None without one."""
    found = _IN_TEXT.search(text)
    return found.group().upper() if found else None


def _format(plain: str) -> str:
    return f"{plain[:_HALF]}-{plain[_HALF:]}"
