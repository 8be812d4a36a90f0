from calendar import monthrange
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month if it has fewer days."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
