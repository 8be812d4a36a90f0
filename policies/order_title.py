"""The title of an order, stored at submit: what it is for, and for whom."""

from models.facts import Facts
from models.holder import NOBODY
from models.order_type import Texts
from models.question import Tell
from policies.choices import headline_products, of_item, product_questions

_HELD_BY = " – {beneficiary}"


def order_title(texts: Texts, facts: Facts) -> str:
    """`iPhone 17 256 GB and 2 more for Jordan Blake`, `Suspend +13125550142`, `Return iPhone 17 – Jordan Blake`."""
    subject, more = _first_item(texts, facts), len(facts.answers) - 1
    pattern = texts.order_title.removesuffix(_HELD_BY) if facts.beneficiary.holder == NOBODY else texts.order_title
    return pattern.format(
        subject=f"{subject} and {more} more" if more else subject,
        product=_product(facts) or texts.title,
        beneficiary=facts.beneficiary.name,
    )


def _product(facts: Facts) -> str | None:
    """What the first item changes on its line: `Travel pack`, `Travel pack and 1 more`, `Removal of Call Filter`."""
    for question in product_questions(facts):
        if question.tell is Tell.HEADLINE or question.adds_to or question.ends:
            names = [one.product.name for one in of_item(facts, 0, question) if one.product] if facts.answers else []
            if names:
                name = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
                return f"Removal of {name}" if question.ends else name
    return None


def _first_item(texts: Texts, facts: Facts) -> str:
    if facts.type.about_lines:
        named = facts.line(0)
        return (named and named.line.mdn) or "Line without a number"
    if facts.type.about_devices:
        device = facts.device(0)
        return device.name if device else "Device"
    return next((product.name for product in headline_products(facts, 0)), texts.title)
