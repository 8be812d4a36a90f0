"""The title of an order, stored at submit: what it is for, and for whom."""

from models.asks import Ask
from models.facts import Facts
from policies.choices import first


def order_title(facts: Facts) -> str:
    """`iPhone 17 256 GB and 2 more for Jordan Blake`, `Suspend +13125550142`."""
    subject, more = _first_item(facts), len(facts.answers) - 1
    return facts.type.order_title.format(
        subject=f"{subject} and {more} more" if more else subject, beneficiary=facts.beneficiary.name
    )


def _first_item(facts: Facts) -> str:
    if facts.type.about_lines:
        named = facts.line(0)
        return (named and named.line.mdn) or "Line without a number"
    products = (first(facts, 0, ask) for ask in (Ask.DEVICE, Ask.PLAN))
    return next((product.name for product in products if product), facts.type.title)
