"""Reading an answer: from what was said to the stored form, or a ValueError with a sentence for the person."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

Parse = Callable[[Any], Any]


def matching(pattern: str, message: str) -> Parse:
    """Text of a form."""

    def parse(value: Any) -> str:
        text = str(value).strip()
        if not re.fullmatch(pattern, text):
            raise ValueError(message)
        return text

    return parse


def one_of(*choices: str) -> Parse:
    """One word of a closed vocabulary."""

    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"Choose one of {', '.join(choices)}.")
        return str(value)

    return parse


def skus(value: Any) -> list[str]:
    """SKUs, each once."""
    if not isinstance(value, list) or not all(isinstance(sku, str) for sku in value):
        raise ValueError("Give a list of SKUs.")
    return list(dict.fromkeys(value))


def yes(value: Any) -> bool:
    """A consent: nothing but true."""
    if value is not True:
        raise ValueError("Please read and accept this to go on.")
    return True


def boolean(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("Answer true or false.")  # noqa: TRY004 - one error type tells the person
    return value


def day(value: Any) -> str:
    """A calendar day, as `2026-12-31`."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise ValueError("Give a day like 2026-12-31.") from error
