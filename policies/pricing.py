"""Prices an order: one-time, monthly, and what it adds over the term.

The prices are those of the account's contract, with what the carrier quotes.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from models.carrier_quote import CarrierQuote
from models.facts import Facts
from models.inventory import LineStatus
from models.optional_facts.carrier_quotes import quotes_of
from models.order import Quote
from models.product import Product, ProductKind
from models.questions.products import PAYMENT_TERM, PLAN
from models.questions.resumption import RESUME_FROM
from models.questions.shipping import EXPEDITE
from policies.choices import Choice, choices, of_item, product_questions

_CENT = Decimal("0.01")
_FREE = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of one item in the policy's currency; `monthly_before` is the price of what it replaces."""

    one_time: Decimal = _FREE
    monthly: Decimal = _FREE
    monthly_before: Decimal = _FREE

    @property
    def monthly_change(self) -> Decimal:
        return self.monthly - self.monthly_before

    def __add__(self, other: "Price") -> "Price":
        return Price(
            one_time=self.one_time + other.one_time,
            monthly=self.monthly + other.monthly,
            monthly_before=self.monthly_before + other.monthly_before,
        )


def price_items(facts: Facts) -> tuple[Price, ...]:
    """Price each item; products that are not in the catalog cost nothing, as a check rejects them."""
    prices = [_line_price(facts, item) for item in range(len(facts.answers))]
    for choice in choices(facts):
        if choice.product is not None:
            prices[choice.item] += _price(facts, choice, choice.product)
    return tuple(map(_as_quoted, prices, quotes_of(facts))) if facts.type.quote else tuple(prices)


def _as_quoted(price: Price, quoted: CarrierQuote) -> Price:
    """The price with the carrier's fees. Where catalog and carrier differ, the dearer counts: nobody approves less.

    Without a difference from the carrier, the catalog's monthly price counts.
    """
    monthly = price.monthly_before + quoted.monthly_delta if quoted.monthly_delta else price.monthly
    return replace(
        price, one_time=max(price.one_time, quoted.one_time) + quoted.fees, monthly=max(price.monthly, monthly)
    )


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
        monthly_before=total.monthly_before,
        term_total=one_time + total.monthly_change * months,
        term_months=months,
        currency=facts.policy.currency,
    )


def exceeds(today: Quote, approved: Quote, *, by: Decimal) -> bool:
    """Whether the order costs more per month, or once, than approved, by more than this amount."""
    return max(today.monthly - approved.monthly, today.one_time - approved.one_time) > by


def _price(facts: Facts, choice: Choice, product: Product) -> Price:
    """What ends is no longer paid for."""
    if choice.question.ends:
        return Price(monthly_before=product.monthly if choice.present else _FREE)
    price = Price(one_time=product.one_time, monthly=product.monthly)
    return _in_installments(price, _installments(facts, choice.item)) if product.kind is ProductKind.DEVICE else price


def _line_price(facts: Facts, item: int) -> Price:
    """What the item's line costs, before its answers are priced; a reconnected line costs nothing until then."""
    named, answers = facts.line(item), facts.answers[item]
    if named is None or RESUME_FROM.of(answers) != LineStatus.DISCONNECTED:
        return Price(monthly_before=_replaced(facts, item))
    skus = (*named.line.features, *(() if PLAN.of(answers) else (named.line.plan,)))
    return Price(monthly=sum((facts.products[sku].monthly for sku in skus if sku in facts.products), start=_FREE))


def _replaced(facts: Facts, item: int) -> Decimal:
    """What the item's line pays monthly for what the answers replace, as far as all of it is in the catalog."""
    named, answers = facts.line(item), facts.answers[item]
    if named is None:
        return _FREE
    values = [
        named.value_at(question.replaces)
        for question in product_questions(facts)
        if question.replaces
        and question.code in answers
        and all(choice.product for choice in of_item(facts, item, question))
    ]
    skus = [sku for value in values for sku in ([value] if isinstance(value, str) else value or ())]
    return sum((facts.products[sku].monthly for sku in skus if sku in facts.products), start=_FREE)


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
