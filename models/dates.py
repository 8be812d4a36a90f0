from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

_ONE_DAY = timedelta(days=1)
# Every time zone has a date for what lies between.
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC) + _ONE_DAY, datetime.max.replace(tzinfo=UTC) - _ONE_DAY


def in_utc(moment: datetime) -> datetime:
    """An aware time in UTC. Raises ValueError for one near the year 1 or 10000 that other time zones can't express."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a moment of the years 1 to 9999") from error
    if not _FIRST <= utc <= _LAST:
        raise ValueError("not a moment of the years 1 to 9999")
    return utc


def billing_cycle(day: date, cycle_day: int) -> tuple[date, date]:
    """The first day of the billing cycle that a day is in, and of the next one.

    Cycles start on `cycle_day` of each month, on its last day if the month is shorter.
    """
    starts = [_day_of_month(day, months, cycle_day) for months in (-1, 0, 1)]
    following = next(start for start in starts if start > day)
    return starts[starts.index(following) - 1], following


def _day_of_month(day: date, months: int, day_of_month: int) -> date:
    month = months_after(day.replace(day=1), months)
    return month.replace(day=min(day_of_month, monthrange(month.year, month.month)[1]))


def months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month if it has fewer days."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
