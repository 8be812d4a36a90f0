from datetime import UTC, datetime, timedelta


def now(*, later: float = 0) -> str:
    """The time in `later` seconds: RFC 3339 in UTC with milliseconds."""
    return (datetime.now(UTC) + timedelta(seconds=later)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
