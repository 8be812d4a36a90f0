"""Reminders, escalations, expiries and start dates in the tenant's time zone and business hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models import formatting
from models.approval_plan import Deadlines
from models.business_hours import add_business_hours, office_hours
from models.facts import Policy
from models.waiting import WaitTimes


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


# As long as an order is likely to be open; what is due later counts holidays as working days.
_KNOWN_DAYS_OFF = 150
# The most reminders of one wait.
_MOST_REMINDERS = 12


def wait_times(policy: Policy, start: datetime, *, ships: bool) -> WaitTimes:
    """When people are reminded while an order waits that starts at `start`, and when each wait ends."""
    backorder = range(policy.backorder_reminder_days, policy.backorder_days, policy.backorder_reminder_days)
    return WaitTimes(
        office=office_hours(policy, start, _KNOWN_DAYS_OFF),
        carrier_hours=policy.carrier_shipment_hours if ships else policy.carrier_change_hours,
        question=(*policy.question_reminder_days, policy.question_days),
        decision=(*policy.decision_reminder_days, policy.decision_days),
        backorder=(*tuple(backorder)[-_MOST_REMINDERS:], policy.backorder_days),
        transit_days=policy.transit_days,
        arrival=(policy.arrival_days, *policy.arrival_reminder_days, policy.arrival_overdue_days),
        activation=policy.activation_reminder_days,
        cancellation_days=policy.cancellation_days,
        other_order_days=policy.other_order_days,
        return_order_days=policy.return_order_days,
        returning=(*policy.return_reminder_days, policy.return_days),
        return_extensions=policy.return_extension_days,
        return_transit_days=policy.return_transit_days,
    )


def local_day(policy: Policy, now: datetime) -> date:
    """Return the date in the tenant's time zone."""
    return now.astimezone(ZoneInfo(policy.time_zone)).date()


def cannot_start(policy: Policy, now: datetime, day: date) -> str | None:
    """Why an order can't take effect on a day; None if it can."""
    first_day = local_day(policy, now)
    last_day = first_day + timedelta(days=policy.effective_days_ahead)
    if first_day <= day <= last_day:
        return None
    return f"Choose a date from {formatting.day(first_day)} to {formatting.day(last_day)}."


def day_ends_at(policy: Policy, day: date) -> datetime:
    """Return the time (UTC) at which a day ends in the tenant's time zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(policy.time_zone)).astimezone(UTC)


def opens_at(policy: Policy, day: date) -> datetime:
    """Return the time (UTC) at which the tenant's office opens on a day, working day or not."""
    return datetime.combine(day, policy.opens, ZoneInfo(policy.time_zone)).astimezone(UTC)
