"""Dates, amounts, phone numbers and lists in US English, for emails and pages."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency

# What a timer does to a line, such as ending features, for orders that wait for it.
PLANNED_CHANGE = "a planned change"

_US = Locale("en", "US")
_DAY = "EEE, MMM d, y"
_E164 = re.compile(r"\+\d{8,15}")


def money(amount: Decimal, currency: str) -> str:
    """`$1,029.00`."""
    return format_currency(amount, currency, locale=_US)


def monthly_charge(monthly: Decimal, before: Decimal, currency: str, unit: str = "") -> str:
    """`$65.00` with the unit, or how it differs from the charge that it replaces: `$7.00 less per month`.

    `before` is that charge, zero if there is none.
    """
    change = monthly - before
    if not before:
        return money(monthly, currency) + unit
    if not change:
        return "No change to the monthly charge"
    return f"{money(abs(change), currency)} {'less' if change < 0 else 'more'} per month"


def total_charge(total: Decimal, before: Decimal, currency: str) -> str:
    """`$1,029.00` for everything over a term, or how it differs where a monthly charge is replaced: `$168.00 less`."""
    if not before:
        return money(total, currency)
    return f"{money(abs(total), currency)} {'less' if total < 0 else 'more'}" if total else "No change"


def price(one_time: Decimal, monthly: Decimal, before: Decimal, currency: str) -> str:
    """`$199.00 one-time + $65.00/month`, without the part that is zero; empty if both are.

    Where a charge is replaced: `$25.00 one-time, $7.00 less per month`; `No change to the monthly charge` if nothing
    else is charged.
    """
    once = [f"{money(one_time, currency)} one-time"] if one_time else []
    if monthly == before and (once or not before):
        return "".join(once)
    return (", " if before else " + ").join([*once, monthly_charge(monthly, before, currency, "/month")])


def item_price(one_time: Decimal, monthly: Decimal, before: Decimal, currency: str) -> str:
    """`$0.00 one-time, $65.00/month`; where a charge is replaced, as `price`."""
    if before:
        return price(one_time, monthly, before, currency)
    return f"{money(one_time, currency)} one-time, {money(monthly, currency)}/month"


def date_time(at: datetime, zone: str) -> str:
    """`Fri, Dec 4, 2026, 9:00 AM`. Pages and emails name the time zone once, at their end: `zone_name`."""
    return format_datetime(at, f"{_DAY}, h:mm a", tzinfo=ZoneInfo(zone), locale=_US)


def time_of_day(at: datetime, zone: str) -> str:
    """`9:00:05 AM`."""
    return format_datetime(at, "h:mm:ss a", tzinfo=ZoneInfo(zone), locale=_US)


def day(on: date) -> str:
    """`Fri, Dec 4, 2026`."""
    return format_date(on, _DAY, locale=_US)


@cache
def zone_name(zone: str) -> str:
    """`Central Time`."""
    name = get_timezone_name(ZoneInfo(zone), zone_variant="generic", locale=_US)
    if "(" in name:  # `Unknown Region (UTC) Time`: some zones have no generic name
        return get_timezone_name(ZoneInfo(zone), zone_variant="standard", locale=_US)
    return name


def support_contact(name: str | None, phone: str | None) -> str:
    """`IT Help Desk, (312) 555-0142`; empty for neither."""
    return ", ".join(filter(None, (name, phone and phone_number(phone))))


def phone_number(number: str) -> str:
    """`(312) 555-0142` for an E.164 number; a masked number is returned as it is."""
    if "•" in number:
        return number
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def order_title(stored: str, *, masked: bool = False) -> str:
    """The title of an order with its phone numbers as people read them; masked, only their last four digits."""
    return _E164.sub(lambda number: str(mask(number[0])) if masked else phone_number(number[0]), stored)


def mask(identifier: str | None) -> str | None:
    """Hide all but the last four characters of an identifier."""
    if identifier is None:
        return None
    return "•" * max(len(identifier) - 4, 0) + identifier[-4:]


def join_names(people: Iterable[str], style: Literal["standard", "or"] = "standard") -> str:
    """`Ann`, `Ann and Bob`, `Ann, Bob, and Cy`; `or` in place of `and` in the style `or`."""
    return format_list([*people], style=style, locale=_US)


def in_sentence(label: str) -> str:
    """`street address` for the label `Street address`; `ZIP code` as it is."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def humanize(word: str) -> str:
    """`Out of policy` for the code `out_of_policy`."""
    return word.replace("_", " ").capitalize()


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def lock_holder(by: str) -> str:
    """What holds a line or a device: `by` is the number of an order, or PLANNED_CHANGE."""
    return by if by == PLANNED_CHANGE else f"order {by}"
