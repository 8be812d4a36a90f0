"""People who have not started."""

from datetime import date, timedelta

from models.facts import HolderDetails, Policy


def orders_from(policy: Policy, person: HolderDetails) -> date | None:
    """The first day on which people can order for a person; None for any day."""
    return person.starts_on - timedelta(days=policy.start_days_ahead) if person.starts_on else None


def may_be_no_show(policy: Policy, starts_on: date | None, today: date) -> bool:
    """Whether someone can be found not to have started: until as long after the first day as orders begin before it."""
    return starts_on is not None and today <= starts_on + timedelta(days=policy.start_days_ahead)
