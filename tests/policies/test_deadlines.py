from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.business_hours import add_business_hours
from policies.deadlines import info_expiry, local_day, opens_at, stage_deadlines
from tests.policies.sample_facts import policy

CHICAGO = ZoneInfo("America/Chicago")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
HOURS = st.integers(1, 80)


def _at(text: str) -> datetime:
    """A time in Chicago."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 10:00", 2, "2026-03-02 12:00"),
        ("2026-03-02 10:00", 7, "2026-03-02 17:00"),
        ("2026-03-02 10:00", 8, "2026-03-03 10:00"),
        ("2026-03-02 06:00", 1, "2026-03-02 10:00"),
        ("2026-03-02 20:00", 1, "2026-03-03 10:00"),
        ("2026-03-06 16:00", 2, "2026-03-09 10:00"),  # over a weekend, with the change to summer time in it
        ("2026-07-02 16:00", 2, "2026-07-06 10:00"),  # Independence Day is observed on Friday
        ("2026-11-25 16:00", 2, "2026-11-27 10:00"),  # Thanksgiving
        ("2026-12-31 16:00", 2, "2027-01-04 10:00"),  # New Year's Day and a weekend
        ("2026-03-02 10:00", 80, "2026-03-16 10:00"),
    ],
)
def test_only_business_hours_count(start: str, hours: int, end: str) -> None:
    assert add_business_hours(policy(), _at(start), hours) == _at(end)


def test_a_stage_has_reminders_an_escalation_and_an_expiry() -> None:
    deadlines = stage_deadlines(policy(), _at("2026-03-02 10:00"))
    days = ["2026-03-05", "2026-03-06", "2026-03-09", "2026-03-11", "2026-03-12", "2026-03-13"]
    assert deadlines.reminders == tuple(_at(f"{day} 10:00") for day in days)
    assert deadlines.escalation == _at("2026-03-10 10:00")
    assert deadlines.expiry == _at("2026-03-16 10:00")


def test_a_question_expires_after_a_business_week() -> None:
    assert info_expiry(policy(), _at("2026-03-02 10:00")) == _at("2026-03-09 10:00")


def test_business_hours_can_span_midnight() -> None:
    night = policy(opens=time(22), closes=time(6))
    assert add_business_hours(night, _at("2026-03-03 01:00"), 6) == _at("2026-03-03 23:00")


def test_another_country_has_other_holidays() -> None:
    canadian = policy(holidays_country="CA", holidays_subdivision="ON", time_zone="America/Toronto")
    start = datetime(2026, 6, 30, 16, tzinfo=ZoneInfo("America/Toronto"))
    assert add_business_hours(canadian, start, 2) == start + timedelta(days=1, hours=18)


def test_an_office_opens_at_the_tenants_hour() -> None:
    assert opens_at(policy(), date(2026, 3, 2)) == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert opens_at(policy(), date(2026, 7, 1)) == datetime(2026, 7, 1, 14, tzinfo=UTC)


def test_today_is_the_date_in_the_tenants_time_zone() -> None:
    assert local_day(policy(), datetime(2026, 3, 3, 5, tzinfo=UTC)) == date(2026, 3, 2)


@given(start=MOMENTS, hours=HOURS)
def test_every_deadline_is_in_business_hours(start: datetime, hours: int) -> None:
    local = add_business_hours(policy(), start, hours).astimezone(CHICAGO)
    assert local.weekday() < 5
    assert time(9) <= local.time() <= time(17)


@given(start=MOMENTS, first=HOURS, second=HOURS)
def test_business_hours_add_up(start: datetime, first: int, second: int) -> None:
    assert add_business_hours(policy(), add_business_hours(policy(), start, first), second) == add_business_hours(
        policy(), start, first + second
    )


@given(start=MOMENTS)
def test_the_deadlines_of_a_stage_are_in_sequence(start: datetime) -> None:
    deadlines = stage_deadlines(policy(), start)
    assert start < deadlines.reminders[0] < deadlines.escalation < deadlines.expiry
    assert list(deadlines.reminders) == sorted(set(deadlines.reminders))
    assert deadlines.escalation not in deadlines.reminders
    assert deadlines.reminders[-1] < deadlines.expiry


def test_the_desk_is_asked_again_about_a_device_at_least_once() -> None:
    with pytest.raises(ValueError, match="return_extension_days"):
        policy(return_extension_days=())
