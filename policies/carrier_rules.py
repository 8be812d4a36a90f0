"""The carriers' rules that checks read, and the moment for which they read them."""

from datetime import datetime

from models.carrier_rule import CarrierRules
from models.facts import Facts
from models.optional_facts.carriers import CARRIER_RULES
from policies.deadlines import opens_at


def rules_of(facts: Facts, carrier: str) -> CarrierRules:
    """The rules of a carrier, for a check that needs the fact."""
    return CARRIER_RULES.of(facts).of(carrier)


def begins_at(facts: Facts) -> datetime:
    """When an order takes effect: now, or when its start date begins."""
    starts = facts.effective_on
    return max(opens_at(facts.policy, starts), facts.now) if starts else facts.now
