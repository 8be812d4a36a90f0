"""What the cells of import files hold: each type reads a text and writes it back."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from models import formatting, identifiers
from models.address import NOT_A_ZIP, ZIP
from models.countries import COUNTRIES
from models.dates import in_utc
from models.email_address import parse as parse_email
from models.typed_text import one_line

SHORTENED = "Your spreadsheet shortened this number. Format the column as text, and enter the number again."
_SEVERAL = "|"
_YES, _NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"no", "n", "false", "0"})
# A spreadsheet writes one digit before the point, and a sign: 12E45678 and 1E100 are numbers of devices.
_EXPONENT = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}")
_DECIMALS = re.compile(r"\d+[.,]0+")
_EXACT_DIGITS = 15  # a spreadsheet keeps no more of a number


@dataclass(frozen=True, kw_only=True)
class CellType:
    """`parse` gets a text that is not empty, and raises ValueError with a sentence for the person.

    `write` gets a value as it is stored, and `parse` reads what it writes. `values` are those of a closed set, `empty`
    is what an empty cell stands for.
    """

    parse: Callable[[str], Any]
    write: Callable[[Any], str] = str
    values: tuple[str, ...] = ()
    empty: Any = None


def _whole(text: str) -> str:
    """The text of a number that is used as a name. Raises ValueError if a spreadsheet has shortened it."""
    digits = text.replace(" ", "")
    rounded = digits.isdecimal() and len(digits) > _EXACT_DIGITS and not digits[_EXACT_DIGITS:].strip("0")
    if rounded or _EXPONENT.fullmatch(text) or _DECIMALS.fullmatch(text):
        raise ValueError(SHORTENED)
    return text


def number_as_text(parse: Callable[[str], str], write: Callable[[str], str] = str) -> CellType:
    """Of numbers that are names: a spreadsheet may have rounded them, or cut off their zeros."""
    return CellType(parse=lambda text: parse(_whole(text)), write=write)


def _text(limit: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        found = one_line(text)
        if not found:
            raise ValueError("This cell has only invisible characters. Enter a value.")
        if "\ufffd" in found:
            raise ValueError("A letter of this text was lost when the file was saved. Enter it again.")
        if len(found) > limit:
            raise ValueError(f"Use at most {limit} characters.")
        return found

    return parse


def text(limit: int = 200) -> CellType:
    return CellType(parse=_text(limit))


def name_of_a_thing(limit: int = 32) -> CellType:
    """A code or number that other files refer to."""
    return number_as_text(_text(limit))


def _first_of(*parsers: Callable[[str], str]) -> Callable[[str], str]:
    """What the first of the parsers reads that can read the text. Raises the error of the last one."""

    def parse(text: str) -> str:
        for one in parsers[:-1]:
            with suppress(ValueError):
                return one(text)
        return parsers[-1](text)

    return parse


def one_of(*values: str) -> CellType:
    spelled = {value.lower(): value for value in values}

    def parse(text: str) -> str:
        value = spelled.get(text.strip().lower().replace(" ", "_"))
        if value is None:
            raise ValueError(f"Enter one of these: {', '.join(values)}.")
        return value

    return CellType(parse=parse, values=values)


def whole_number(least: int, most: int) -> CellType:
    def parse(text: str) -> int:
        found = re.fullmatch(r"(\d{1,9})(?:\.0+)?", text.strip(), re.ASCII)
        if found is None or not least <= int(found[1]) <= most:
            raise ValueError(f"Enter a whole number from {least} to {most}.")
        return int(found[1])

    return CellType(parse=parse)


def several(one: CellType) -> CellType:
    """Values in one cell, with | between them; `none` is an empty list."""

    def parse(text: str) -> list[Any]:
        if text.strip().lower() == "none":
            return []
        return [one.parse(part.strip()) for part in text.split(_SEVERAL) if part.strip()]

    def write(values: Any) -> str:
        return f" {_SEVERAL} ".join(map(one.write, values))

    return CellType(parse=parse, write=write, values=one.values, empty=())


def words(one: CellType) -> CellType:
    """Values without spaces, with spaces between them."""
    return CellType(
        parse=lambda text: [one.parse(part) for part in text.split()],
        write=lambda values: " ".join(map(one.write, values)),
    )


def by_name(one: CellType) -> CellType:
    """`northwind=NW-1 | bluepeak=BP-1`: a value for each name."""

    def parse(text: str) -> dict[str, Any]:
        pairs = [part.partition("=") for part in text.split(_SEVERAL) if part.strip()]
        if any(not name.strip() or not value.strip() for name, _, value in pairs):
            raise ValueError("Write a name, =, and a value, with | between two of them.")
        return {name.strip(): one.parse(value.strip()) for name, _, value in pairs}

    def write(values: Mapping[str, Any]) -> str:
        return f" {_SEVERAL} ".join(f"{name}={one.write(values[name])}" for name in sorted(values))

    return CellType(parse=parse, write=write, empty=MappingProxyType({}))


def _yes_or_no(text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError("Enter yes or no.")
    return word in _YES


def _money(text: str) -> Decimal:
    found = re.fullmatch(r"\$?\s*(\d{1,10}|\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{1,2}))?", text.strip(), re.ASCII)
    if found is None:
        raise ValueError("Enter an amount in dollars, such as 1029.00.")
    return Decimal(f"{found[1].replace(',', '')}.{(found[2] or '').ljust(2, '0')}")


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise ValueError("Enter a date such as 2026-12-04 or 12/04/2026.")


def _moment(text: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise ValueError("Enter a date and time such as 2026-01-05T14:00:00+00:00.") from None


def _time_zone(text: str) -> str:
    if text.strip() not in available_timezones():
        raise ValueError("Enter a time zone such as America/Chicago.")
    return text.strip()


def _time_of_day(text: str) -> time:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip(), re.ASCII)
    if found is None:
        raise ValueError("Enter a time such as 9:00 or 17:30.")
    return time(int(found[1]), int(found[2]))


def _zip(text: str) -> str:
    if re.fullmatch(r"\d{3,4}", text.strip(), re.ASCII):
        raise ValueError(SHORTENED)
    if not re.fullmatch(ZIP, text.strip()):
        raise ValueError(NOT_A_ZIP)
    return text.strip()


def _billing_number(text: str) -> str:
    if not re.fullmatch("[A-Za-z0-9-]{2,32}", text.strip()):
        raise ValueError("Enter 2 to 32 letters, digits and hyphens.")
    return text.strip()


def _email(text: str) -> str:
    try:
        return parse_email(text)
    except ValueError:
        raise ValueError("Enter an email address, such as ann.lee@example.com.") from None


def _country(text: str) -> str:
    if text.strip().upper() not in {"US", "USA"}:
        raise ValueError("Enter an address in the US.")
    return "US"


def _countries_or_all(text: str) -> Any:
    codes = [part.strip().upper() for part in text.split(_SEVERAL) if part.strip()]
    if codes == ["ALL"]:
        return True
    if unknown := [code for code in codes if code not in COUNTRIES]:
        raise ValueError(f"{unknown[0]} is no country. Enter codes such as CA | MX, or all.")
    return codes


def _state(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", text.strip()):
        raise ValueError("Enter the two letters of a US state.")
    return text.strip().upper()


YES_OR_NO = CellType(parse=_yes_or_no, write=lambda value: "yes" if value else "no", values=("yes", "no"))
MONEY = CellType(parse=_money, write="{:.2f}".format)
DAY = CellType(parse=_day, write=date.isoformat)
TIME_OF_DAY = CellType(parse=_time_of_day, write=lambda value: f"{value:%H:%M}")
MOMENT = CellType(parse=_moment, write=datetime.isoformat)
TIME_ZONE = CellType(parse=_time_zone)
ZIP_CODE = number_as_text(_zip)
BILLING_NUMBER = number_as_text(_billing_number)
EMAIL = CellType(parse=_email)
COUNTRY = CellType(parse=_country)
COUNTRIES_OR_ALL = CellType(
    parse=_countries_or_all, write=lambda value: "all" if value is True else f" {_SEVERAL} ".join(value)
)
STATE = CellType(parse=_state)
# Written as people read it: with its + a spreadsheet would take it for a formula.
PHONE_NUMBER = number_as_text(identifiers.parse_mdn, formatting.phone_number)
IMEI = number_as_text(identifiers.parse_imei)
ICCID = number_as_text(identifiers.parse_iccid)
EID = number_as_text(identifiers.parse_eid)
MEID = number_as_text(identifiers.parse_meid)
ESN = number_as_text(identifiers.parse_esn)
# How other files name a device or a SIM. A device can have an IMEI with a wrong check digit.
DEVICE_NAME = number_as_text(_first_of(identifiers.read_imei, identifiers.parse_meid, _text(64)))
SIM_NAME = number_as_text(_first_of(identifiers.parse_iccid, identifiers.parse_eid, _text(64)))
