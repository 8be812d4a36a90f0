"""For how long a carrier takes back a device that isn't wanted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.carrier_rule import CarrierRules
from models.facts import Facts
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.returns import DeviceDelivery
from models.rule_kinds.returns import FROM_DELIVERY, RETURN_DAYS
from policies.deadlines import local_day


def last_day(rules: CarrierRules, delivery: DeviceDelivery, time_zone: str) -> date | None:
    """The last day in the tenant's time zone; None if the carrier publishes no rule, or nobody knows when it came."""
    rule = rules.find(RETURN_DAYS)
    if rule is None or rule.value is None:
        return None
    begins = delivery.delivered_at if rule.unit == FROM_DELIVERY else delivery.shipped_at
    return _local_day(begins, time_zone) + timedelta(days=rule.value) if begins else None


def closed_on(facts: Facts, delivery: DeviceDelivery) -> date | None:
    """The last day on which its carrier took the device back; None if it still does."""
    if delivery.carrier is None:
        return None
    last = last_day(CARRIER_RULES.of(facts).of(delivery.carrier), delivery, facts.policy.time_zone)
    return last if last is not None and local_day(facts.policy, facts.now) > last else None


def _local_day(at: datetime, time_zone: str) -> date:
    return at.astimezone(ZoneInfo(time_zone)).date()
