"""What is unusual about an order: shown to its approvers, and a reason for the budget stage."""

from enum import StrEnum

from models.facts import Facts
from models.order import Quote
from models.product import ProductKind
from policies.choices import choices
from policies.line_allowance import over_line_allowance


class Flag(StrEnum):
    """Values are only added, never changed: orders store them."""

    OUT_OF_POLICY = "OUT_OF_POLICY"
    OVER_DEVICE_CAP = "OVER_DEVICE_CAP"
    OVER_THRESHOLD = "OVER_THRESHOLD"
    OVER_LINE_ALLOWANCE = "OVER_LINE_ALLOWANCE"


def flags(facts: Facts, quote: Quote) -> tuple[Flag, ...]:
    """Return the flags of an order at this price."""
    products = [choice.product for choice in choices(facts) if choice.product]
    device_prices = [product.one_time for product in products if product.kind is ProductKind.DEVICE]
    cap = facts.policy.device_cap
    raised = {
        Flag.OUT_OF_POLICY: not all(product.in_policy for product in products),
        Flag.OVER_DEVICE_CAP: cap is not None and any(price > cap for price in device_prices),
        Flag.OVER_THRESHOLD: quote.term_total >= facts.policy.threshold,
        Flag.OVER_LINE_ALLOWANCE: over_line_allowance(facts),
    }
    return tuple(flag for flag, applies in raised.items() if applies)
