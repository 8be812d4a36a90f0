"""How long an order waits for others, and when it reminds them: a frozen value that Temporal serializes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.business_hours import OfficeHours, add_business_days, add_business_hours


@dataclass(frozen=True, kw_only=True)
class WaitTimes:
    """The policy of an order about waiting, with the office hours that it counts in.

    `carrier_hours` are what the carrier has if it gives no date. The tuples are business days since the wait began:
    those of the reminders, and last that of its end. `arrival` has first the days from the expected date until people
    are asked, then those since then; without a date, it is expected `transit_days` after shipping. `activation` are
    the reminders, in days. `returning` are days of the calendar as well: those of the reminders to send a device back,
    and last that by which it must be on its way. Each time that someone promises it then, it gets the next of the
    `return_extensions`. It must arrive within `return_transit_days` of the calendar.
    """

    office: OfficeHours
    carrier_hours: int
    question: tuple[int, ...]
    decision: tuple[int, ...]
    backorder: tuple[int, ...]
    transit_days: int
    arrival: tuple[int, ...]
    activation: tuple[int, ...]
    cancellation_days: int
    other_order_days: int
    return_order_days: int
    returning: tuple[int, ...]
    return_extensions: tuple[int, ...]
    return_transit_days: int

    def after_hours(self, start: datetime, hours: float) -> datetime:
        return add_business_hours(self.office, start, hours)

    def after_days(self, start: datetime, *days: int) -> tuple[datetime, ...]:
        return tuple(add_business_days(self.office, start, number) for number in days)

    def question_ends(self, asked_at: datetime) -> datetime:
        """Until when people can answer what the carrier has asked."""
        return self.after_days(asked_at, *self.question)[-1]

    def after_calendar_days(self, start: datetime, *days: int) -> tuple[datetime, ...]:
        """While the office is open: the next time if it is closed then."""
        return tuple(self.after_hours(start + timedelta(days=number), 0) for number in days)

    def begins_at(self, day: date) -> datetime:
        """The first moment of this day."""
        return datetime.combine(day, time(), ZoneInfo(self.office.time_zone)).astimezone(UTC)

    def expected_arrival(self, shipped_at: datetime) -> datetime:
        return shipped_at + timedelta(days=self.transit_days)
