from datetime import date

import pytest

from models.dates import months_after


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
