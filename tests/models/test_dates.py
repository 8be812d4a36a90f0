from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from models.dates import billing_cycle, in_utc, months_after


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 20), 24, date(2028, 11, 20)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_a_month_with_fewer_days_gives_its_last(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


@pytest.mark.parametrize(
    ("day", "cycle_day", "began", "ends"),
    [
        (date(2026, 3, 18), 18, date(2026, 3, 18), date(2026, 4, 18)),
        (date(2026, 3, 17), 18, date(2026, 2, 18), date(2026, 3, 18)),
        (date(2026, 1, 1), 5, date(2025, 12, 5), date(2026, 1, 5)),
        (date(2026, 12, 31), 1, date(2026, 12, 1), date(2027, 1, 1)),
        (date(2026, 2, 28), 31, date(2026, 2, 28), date(2026, 3, 31)),
        (date(2026, 3, 30), 31, date(2026, 2, 28), date(2026, 3, 31)),
    ],
)
def test_a_billing_cycle_starts_on_its_day_or_on_the_last_of_a_shorter_month(
    day: date, cycle_day: int, began: date, ends: date
) -> None:
    assert billing_cycle(day, cycle_day) == (began, ends)


BEYOND_UTC = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


@pytest.mark.fault("52")
@pytest.mark.parametrize("text", [*BEYOND_UTC, "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_moment_that_some_time_zone_cannot_express_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        in_utc(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    "text", ["0001-01-02T00:00:00+00:00", "9999-12-30T23:59:59+00:00", "2026-12-01T09:00:00-06:00"]
)
def test_every_time_zone_has_a_date_for_a_moment(text: str) -> None:
    moment = in_utc(datetime.fromisoformat(text))
    assert moment.tzinfo is UTC
    assert all(moment.astimezone(ZoneInfo(zone)) == moment for zone in available_timezones())
