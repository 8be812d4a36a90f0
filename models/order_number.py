"""Order numbers for people: six characters, short enough to say on the telephone, like `D7K-4F2`."""

import re
import secrets

# One of each pair that is mixed up (0 O, 1 I L, 5 S, 8 B, 2 Z), and no vowels that make words.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
_LENGTH = 6
_HALF = _LENGTH // 2
_NUMBER = re.compile(f"[{ALPHABET}]{{{_LENGTH}}}")


def draw() -> str:
    """A random order number; whether it is free, the database knows."""
    return _shown("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def read(text: str) -> str | None:
    """The order number somebody wrote, in any case and with or without its dash; None when it is none."""
    plain = re.sub(r"[\s-]", "", text).upper()
    return _shown(plain) if _NUMBER.fullmatch(plain) else None


def _shown(plain: str) -> str:
    return f"{plain[:_HALF]}-{plain[_HALF:]}"
