"""Prices an order at the account's contract prices: one-time, monthly, and in total over the term."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from models.facts import Facts
from models.order import Quote
from models.product import ProductKind
from models.questions.products import PAYMENT_TERM
from models.questions.shipping import EXPEDITE
from policies.choices import choices

_CENT = Decimal("0.01")
_FREE = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of one item in the policy's currency."""

    one_time: Decimal = _FREE
    monthly: Decimal = _FREE

    def __add__(self, other: "Price") -> "Price":
        return Price(one_time=self.one_time + other.one_time, monthly=self.monthly + other.monthly)


def price_items(facts: Facts) -> tuple[Price, ...]:
    """Price each item; products that are not in the catalog cost nothing, as a check rejects them."""
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
    """Price the whole order: its items, plus express shipping once."""
    total = sum(price_items(facts), start=Price())
    express = any(EXPEDITE.of(answers) for answers in facts.answers)
    one_time = total.one_time + (facts.policy.express_fee if express else _FREE)
    installments = max((_installments(facts, item) for item in range(len(facts.answers))), default=0)
    months = installments or facts.policy.upgrade_months
    return Quote(
        one_time=one_time,
        monthly=total.monthly,
        term_total=one_time + total.monthly * months,
        term_months=months,
        currency=facts.policy.currency,
    )


def _installments(facts: Facts, item: int) -> int:
    """Return the number of monthly installments of the device; 0: paid in full."""
    term = PAYMENT_TERM.of(facts.answers[item]) or "full"
    return 0 if term == "full" else int(term)


def _in_installments(price: Price, months: int) -> Price:
    """Spread the one-time price; the cents that do not divide evenly are due once, so the sum is exact."""
    if months == 0:
        return price
    part = (price.one_time / months).quantize(_CENT, rounding=ROUND_DOWN)
    return Price(one_time=price.one_time - part * months, monthly=price.monthly + part)
