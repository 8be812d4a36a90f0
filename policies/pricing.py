"""What an order costs, at the account's contract prices: once, each month, and over the term."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from models.asks import Ask
from models.facts import Facts, ProductKind
from models.order import Quote
from policies.choices import choices

_CENT = Decimal("0.01")
_FREE = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one item costs, in the policy's currency: once, and each month."""

    one_time: Decimal = _FREE
    monthly: Decimal = _FREE

    def __add__(self, other: "Price") -> "Price":
        return Price(one_time=self.one_time + other.one_time, monthly=self.monthly + other.monthly)


def price_items(facts: Facts) -> tuple[Price, ...]:
    """Price each item; what the catalog does not have costs nothing (the checks refuse it)."""
    prices = [Price() for _ in facts.answers]
    for choice in choices(facts):
        product = choice.product
        if product is None:
            continue
        price = Price(one_time=product.one_time, monthly=product.monthly)
        if product.kind is ProductKind.DEVICE:
            price = _in_installments(price, _installments(facts, choice.item))
        prices[choice.item] += price
    return tuple(prices)


def quote(facts: Facts) -> Quote:
    """Price the whole order: its items, and express shipping once."""
    total = sum(price_items(facts), start=Price())
    express = any(answers.get(Ask.EXPEDITE) for answers in facts.answers)
    one_time = total.one_time + (facts.policy.express_fee if express else _FREE)
    months = term_months(facts)
    return Quote(
        one_time=one_time,
        monthly=total.monthly,
        term_total=one_time + total.monthly * months,
        term_months=months,
        currency=facts.policy.currency,
    )


def term_months(facts: Facts) -> int:
    """Return how long the order is reckoned: the installments, else till the next upgrade."""
    return max((_installments(facts, item) for item in range(len(facts.answers))), default=0) or (
        facts.policy.upgrade_months
    )


def _installments(facts: Facts, item: int) -> int:
    """Return in how many monthly parts the device is paid; 0 is all at once."""
    term = facts.answers[item].get(Ask.PAYMENT_TERM, "full")
    return 0 if term == "full" else int(term)


def _in_installments(price: Price, months: int) -> Price:
    """Spread the one-time price; the cents that do not divide are due at once, so the sum stays exact."""
    if months == 0:
        return price
    part = (price.one_time / months).quantize(_CENT, rounding=ROUND_DOWN)
    return Price(one_time=price.one_time - part * months, monthly=price.monthly + part)
