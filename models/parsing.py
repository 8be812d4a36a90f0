"""Parsers of answers: each returns the stored form, or raises ValueError with a sentence for the person."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

Parse = Callable[[Any], Any]


def matching(pattern: str, message: str) -> Parse:
    """Text that matches the whole pattern."""

    def parse(value: Any) -> str:
        text = str(value).strip()
        if not re.fullmatch(pattern, text):
            raise ValueError(message)
        return text

    return parse


def one_of(*choices: str) -> Parse:
    """One of a closed set of words."""

    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"Choose one of these: {', '.join(choices)}.")
        return str(value)

    return parse


def skus(value: Any) -> list[str]:
    """A list of SKUs, without duplicates."""
    if not isinstance(value, list) or not all(isinstance(sku, str) for sku in value):
        raise ValueError("Enter a list of SKUs.")
    return list(dict.fromkeys(value))


def yes(value: Any) -> bool:
    """A consent: only `true` is valid."""
    if value is not True:
        raise ValueError("Accept this to continue.")
    return True


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Enter true or false.")  # noqa: TRY004 - parsers raise only ValueError
    return value


def day(value: Any) -> str:
    """An ISO date, such as `2026-12-31`."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise ValueError("Enter a date like 2026-12-31.") from error
