from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("America/Chicago")


def now(*, later: float = 0) -> str:
    """The time in `later` seconds: RFC 3339 in UTC with milliseconds."""
    return (datetime.now(UTC) + timedelta(seconds=later)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def today() -> date:
    """The day in the time zone of the carrier."""
    return datetime.now(_ZONE).date()
