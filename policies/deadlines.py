"""Reminders, escalations and expiries in the tenant's business hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.facts import Policy
from models.order import Deadlines

_DAY = timedelta(days=1)
_SATURDAY = 5


def stage_deadlines(policy: Policy, start: datetime) -> Deadlines:
    """Compute the deadlines of an approval stage that starts at `start` (aware); all times are aware UTC.

    Reminders stop before the stage expires, and skip the moment at which it escalates.
    """
    hours = range(policy.remind_after_hours, policy.expire_after_hours, policy.remind_every_hours)
    return Deadlines(
        reminders=tuple(
            add_business_hours(policy, start, hour) for hour in hours if hour != policy.escalate_after_hours
        ),
        escalation=add_business_hours(policy, start, policy.escalate_after_hours),
        expiry=add_business_hours(policy, start, policy.expire_after_hours),
    )


def info_expiry(policy: Policy, start: datetime) -> datetime:
    """Return when a question asked at `start` expires."""
    return add_business_hours(policy, start, policy.info_expires_after_hours)


def today(policy: Policy, now: datetime) -> date:
    """Return the date in the tenant's time zone."""
    return now.astimezone(ZoneInfo(policy.time_zone)).date()


def opens_at(policy: Policy, day: date) -> datetime:
    """Return the time (UTC) at which the tenant's office opens on a day, working day or not."""
    return datetime.combine(day, policy.opens, ZoneInfo(policy.time_zone)).astimezone(UTC)


def add_business_hours(policy: Policy, start: datetime, hours: float) -> datetime:
    """Add business hours to `start` (aware); a start outside business hours counts from the next opening."""
    left = timedelta(hours=hours)
    for opens, closes in _business_days(policy, start):
        begins = max(opens, start.astimezone(UTC))
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise AssertionError("business days never end")


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
