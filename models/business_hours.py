"""Time as a tenant's office works it: business hours, without weekends and holidays."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.facts import Policy

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class OfficeHours:
    """When a tenant's office works, for code that can't look up holidays: `days_off` has those of about a year."""

    time_zone: str
    opens: time
    closes: time
    days_off: tuple[date, ...] = ()


def office_hours(policy: Policy, start: datetime, days: int) -> OfficeHours:
    """The office hours of a policy, with the holidays of this many days from `start` on that are no weekend."""
    first = start.date() - _DAY
    period = (first + timedelta(days=day) for day in range(days + 2))
    days_off = tuple(day for day in period if day.weekday() < _SATURDAY and not _is_working_day(policy, day))
    return OfficeHours(time_zone=policy.time_zone, opens=policy.opens, closes=policy.closes, days_off=days_off)


def add_business_hours(policy: Policy | OfficeHours, start: datetime, hours: float) -> datetime:
    """Add business hours to `start` (aware); a start outside business hours counts from the next opening."""
    left = timedelta(hours=hours)
    for opens, closes in _business_days(policy, start):
        begins = max(opens, start.astimezone(UTC))
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise AssertionError("business days never end")


def add_business_days(policy: Policy | OfficeHours, start: datetime, days: int) -> datetime:
    """Add the business hours of this many days."""
    opens, closes = (datetime.combine(date.min, at) for at in (policy.opens, policy.closes))
    overnight = _DAY if closes <= opens else timedelta(0)
    return add_business_hours(policy, start, days * (closes + overnight - opens) / timedelta(hours=1))


def business_day_before(policy: Policy, day: date, count: int) -> date:
    """The business day that is this many business days before `day`."""
    while count:
        day -= _DAY
        count -= _is_working_day(policy, day)
    return day


def _business_days(policy: Policy | OfficeHours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the opening and closing times (UTC) of every business day that ends after `start`."""
    zone = ZoneInfo(policy.time_zone)
    day = start.astimezone(zone).date() - _DAY
    while True:
        opens = datetime.combine(day, policy.opens, zone)
        overnight = _DAY if policy.closes <= policy.opens else timedelta(0)
        closes = datetime.combine(day + overnight, policy.closes, zone)
        if closes > start and _is_working_day(policy, day):
            yield opens.astimezone(UTC), closes.astimezone(UTC)
        day += _DAY


def _is_working_day(policy: Policy | OfficeHours, day: date) -> bool:
    if isinstance(policy, OfficeHours):
        days_off: Collection[date] = policy.days_off
    else:
        days_off = _holidays(policy.holidays_country, policy.holidays_subdivision, day.year)
    return day.weekday() < _SATURDAY and day not in days_off


def has_holidays(country: str, subdivision: str | None) -> bool:
    """Whether the holidays of a country, or of a part of it, are known."""
    known = holidays.list_supported_countries()
    return country in known and (subdivision is None or subdivision in known[country])


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
