"""How amounts, times, numbers and names are written in mails and on pages."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from models.asks import ADDRESS_FIELDS, QUESTIONS, Ask

_SYMBOLS = {"USD": "$"}


def money(amount: Decimal, currency: str) -> str:
    """`$1,029.00`; a currency without a sign of its own is named."""
    sign = _SYMBOLS.get(currency)
    return f"{sign}{amount:,.2f}" if sign else f"{amount:,.2f} {currency}"


def moment(at: datetime, zone: str) -> str:
    """`Fri, Dec 4, 2026, 9:00 AM CST`, in the tenant's time zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(local)}, {local:%I:%M %p %Z}".replace(", 0", ", ")


def brief(at: datetime, zone: str) -> str:
    """`Dec 4, 2026, 9:00 AM`: a moment where many stand below each other."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%b} {local.day}, {local.year}, {local:%I:%M %p}".replace(", 0", ", ")


def clock(at: datetime, zone: str) -> str:
    """`9:00:05 AM`."""
    return f"{at.astimezone(ZoneInfo(zone)):%I:%M:%S %p}".removeprefix("0")


def day(on: date) -> str:
    """`Fri, Dec 4, 2026`."""
    return f"{on:%a, %b} {on.day}, {on.year}"


def telephone(number: str) -> str:
    """An E.164 number as people read it: `(312) 555-0142`; one that is masked as it is."""
    if "•" in number:
        return number
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def names(people: Iterable[str], joined_by: str = "and") -> str:
    """`Ann`, `Ann and Bob`, `Ann, Bob and Cy`."""
    *first, last = [*people] or [""]
    return f"{', '.join(first)} {joined_by} {last}" if first else last


def sentence(word: str) -> str:
    """A machine word for people: `out_of_policy` reads `Out of policy`."""
    return word.replace("_", " ").capitalize()


def inside(title: str) -> str:
    """A title within a sentence: `Line reassignment` reads `line reassignment`; `SIM order` stays."""
    return title if title[:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def answer(ask: Ask, value: Any, names: Mapping[str, str]) -> str:
    """An answer as people read it; `names` says what SKUs, and whatever else has a name, are called."""
    if isinstance(value, list):
        return ", ".join(names.get(one, str(one)) for one in value)
    if isinstance(value, dict):
        return ", ".join(value[part] for part in ADDRESS_FIELDS if value.get(part) and part != "country")
    if isinstance(value, bool) or "enum" in QUESTIONS[ask].schema:
        return QUESTIONS[ask].said(value)
    return names.get(str(value), str(value))
