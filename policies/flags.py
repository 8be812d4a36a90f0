"""What is unusual about an order: shown to those who approve it, and reason for another stage."""

from collections.abc import Iterator
from enum import StrEnum

from models.asks import Ask
from models.facts import Facts
from models.order import Quote
from policies.choices import choices
from policies.eligibility import over_line_allowance


class Flag(StrEnum):
    """One thing that is unusual. Words are only ever added: orders keep them."""

    OUT_OF_POLICY = "OUT_OF_POLICY"
    OVER_DEVICE_CAP = "OVER_DEVICE_CAP"
    OVER_THRESHOLD = "OVER_THRESHOLD"
    OVER_LINE_ALLOWANCE = "OVER_LINE_ALLOWANCE"


def flags(facts: Facts, quote: Quote) -> tuple[Flag, ...]:
    """Return what is unusual about the order at this price."""
    return tuple(_raised(facts, quote))


def _raised(facts: Facts, quote: Quote) -> Iterator[Flag]:
    chosen = [choice.product for choice in choices(facts) if choice.product]
    cap = facts.policy.device_cap
    devices = [choice.product for choice in choices(facts, Ask.DEVICE) if choice.product]
    if any(not product.in_policy for product in chosen):
        yield Flag.OUT_OF_POLICY
    if cap is not None and any(device.one_time > cap for device in devices):
        yield Flag.OVER_DEVICE_CAP
    if quote.term_total >= facts.policy.threshold:
        yield Flag.OVER_THRESHOLD
    if over_line_allowance(facts):
        yield Flag.OVER_LINE_ALLOWANCE
