"""How long an approval link in an email works."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import holidays

from models.facts import Policy


def link_expiry(policy: Policy, at: datetime, deadline: datetime) -> datetime:
    """The end of the policy's working days from `at`, at most the approval's deadline."""
    calendar = holidays.country_holidays(policy.holidays_country, subdiv=policy.holidays_subdivision)
    local = at.astimezone(ZoneInfo(policy.time_zone))
    last_day = calendar.get_nth_working_day(local.date(), policy.link_days)
    return min(deadline, datetime.combine(last_day, local.timetz()).astimezone(UTC))
