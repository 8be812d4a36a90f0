"""Time as a tenant's office works it: business hours, without weekends and holidays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.facts import Policy

_DAY = timedelta(days=1)
_SATURDAY = 5


def add_business_hours(policy: Policy, start: datetime, hours: float) -> datetime:
    """Add business hours to `start` (aware); a start outside business hours counts from the next opening."""
    left = timedelta(hours=hours)
    for opens, closes in _business_days(policy, start):
        begins = max(opens, start.astimezone(UTC))
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise AssertionError("business days never end")


def add_business_days(policy: Policy, start: datetime, days: int) -> datetime:
    """Add the business hours of this many days."""
    opens, closes = (datetime.combine(date.min, at) for at in (policy.opens, policy.closes))
    overnight = _DAY if closes <= opens else timedelta(0)
    return add_business_hours(policy, start, days * (closes + overnight - opens) / timedelta(hours=1))


def _business_days(policy: Policy, start: datetime) -> Iterator[tuple[datetime, datetime]]:
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


def _is_working_day(policy: Policy, day: date) -> bool:
    days_off = _holidays(policy.holidays_country, policy.holidays_subdivision, day.year)
    return day.weekday() < _SATURDAY and day not in days_off


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
