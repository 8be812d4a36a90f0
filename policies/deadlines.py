"""When people are reminded, when silence escalates and expires: sums in the tenant's business hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.facts import Policy
from models.order import Deadlines

_DAY = timedelta(days=1)
_SATURDAY = 5


def for_stage(policy: Policy, start: datetime) -> Deadlines:
    """Return the clock of an approval stage that begins at `start` (aware); all times are aware UTC.

    Reminders stop before the stage expires, and leave out the moment at which it escalates.
    """
    hours = range(policy.remind_after_hours, policy.expire_after_hours, policy.remind_every_hours)
    return Deadlines(
        reminders=tuple(after(policy, start, hour) for hour in hours if hour != policy.escalate_after_hours),
        escalation=after(policy, start, policy.escalate_after_hours),
        expiry=after(policy, start, policy.expire_after_hours),
    )


def info_expiry(policy: Policy, start: datetime) -> datetime:
    """Return when a question asked at `start` has waited too long."""
    return after(policy, start, policy.info_expires_after_hours)


def opening(policy: Policy, day: date) -> datetime:
    """Return the moment (UTC) at which a day begins at the tenant's office, working day or not."""
    return datetime.combine(day, policy.opens, ZoneInfo(policy.time_zone)).astimezone(UTC)


def after(policy: Policy, start: datetime, hours: float) -> datetime:
    """Return the moment (UTC) at which `hours` business hours have passed since `start` (aware).

    A start outside business hours counts from the next opening.
    """
    left = timedelta(hours=hours)
    for opens, closes in _business_days(policy, start):
        begins = max(opens, start.astimezone(UTC))
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise AssertionError("business days never end")


def _business_days(policy: Policy, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing (UTC) of every business day that ends after `start`."""
    zone = ZoneInfo(policy.time_zone)
    day = start.astimezone(zone).date() - _DAY
    while True:
        opens = datetime.combine(day, policy.opens, zone)
        overnight = _DAY if policy.closes <= policy.opens else timedelta(0)
        closes = datetime.combine(day + overnight, policy.closes, zone)
        if closes > start and _works(policy, day):
            yield opens.astimezone(UTC), closes.astimezone(UTC)
        day += _DAY


def _works(policy: Policy, day: date) -> bool:
    days_off = _holidays(policy.holidays_country, policy.holidays_subdivision, day.year)
    return day.weekday() < _SATURDAY and day not in days_off


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
