"""The products that the items of an order select from the catalog."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models import questions
from models.facts import Facts, NamedLine
from models.product import Product
from models.question import Question, Tell
from policies.carrier_billing import product_is_billed


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A SKU that an item selects; `product` is None if it is not in the beneficiary's catalog.

    `present`: the item's line has it already.
    """

    item: int
    question: Question[Any]
    sku: str
    product: Product | None
    present: bool

    @property
    def field(self) -> str:
        """The path of the answer in the request."""
        return f"items.{self.item}.{self.question.code}"


def product_questions(facts: Facts) -> tuple[Question[Any], ...]:
    """The questions of the order's type whose answers are products."""
    asked = (questions.find(asked.code) for asked in facts.type.questions)
    return tuple(question for question in asked if question.product)


def choices(facts: Facts, question: Question[Any] | None = None) -> Iterator[Choice]:
    """Yield every SKU the items select, or those selected for one question."""
    for item in range(len(facts.answers)):
        for one in (question,) if question else product_questions(facts):
            yield from of_item(facts, item, one)


def of_item(facts: Facts, item: int, question: Question[Any]) -> Iterator[Choice]:
    """Yield the SKUs that one item selects for one question."""
    named = facts.line(item)
    held = _held(question, named)
    for sku in skus(question, facts.answers[item]):
        product, present = facts.products.get(sku), sku in held
        selectable = product and product.kind is question.product and (product.visible or present)
        yield Choice(item=item, question=question, sku=sku, product=product if selectable else None, present=present)


def skus(question: Question[Any], answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The SKUs that answers select for one question; none if its answers are no products."""
    answer = (question.product and question.of(answers)) or ()
    return (answer,) if isinstance(answer, str) else tuple(answer)


def in_catalog(facts: Facts, question: Question[Any]) -> Iterator[tuple[Choice, Product]]:
    """Yield the choices for a question whose product is in the catalog; a check reports the others."""
    for choice in choices(facts, question):
        if choice.product:
            yield choice, choice.product


def first(facts: Facts, item: int, question: Question[Any]) -> Product | None:
    """Return the product that one item selects for one question, if it is in the catalog."""
    return next((choice.product for choice in of_item(facts, item, question)), None)


def headline_products(facts: Facts, item: int) -> Iterator[Product]:
    """Yield the products in the catalog that name an item, such as its device and its plan."""
    for question in product_questions(facts):
        if question.tell is Tell.HEADLINE:
            yield from (choice.product for choice in of_item(facts, item, question) if choice.product)


def chosen(question: Question[str], facts: Facts, answers: Mapping[str, Any]) -> Product | None:
    """The product that an unfinished item has selected for one question, visible or not."""
    return facts.products.get(question.of(answers) or "")


def go_together(one: Product, other: Product) -> bool:
    """Whether both have the same carrier (None: any carrier) and `other` is among what `one` fits."""
    same_carrier = None in (one.carrier, other.carrier) or one.carrier == other.carrier
    return same_carrier and (not one.fits or other.sku in one.fits)


def offered(facts: Facts, item: int, question: Question[Any]) -> Iterator[Product]:
    """Yield the products available for a question, cheapest first; none until what they depend on is selected.

    For a new line: those of carriers that have an account to charge. For an existing line: what goes with its carrier
    and with what is on it, without what it has already.
    """
    named = facts.line(item)
    goes_with = [_selected_or_present(facts, item, questions.find(code)) for code in question.fits]
    needed = [code for code in question.fits if facts.type.asks(code)]
    if (facts.type.about_lines and named is None) or any(
        first(facts, item, questions.find(code)) is None for code in needed
    ):
        return
    billed_by = facts.account.carrier_accounts
    fitting = (
        product
        for product in facts.products.values()
        if product.kind is question.product
        and _is_open_to(product, question, named)
        and (product.carrier in (None, named.line.carrier) if named else product_is_billed(product, billed_by))
        and all(go_together(product, other) for other in goes_with if other)
    )
    yield from sorted(fitting, key=lambda product: (product.monthly, product.one_time, product.name))


def _is_open_to(product: Product, question: Question[Any], named: NamedLine | None) -> bool:
    """Whether the product can be chosen, as far as the line has it or not."""
    present = _held(question, named)
    return product.sku in present if question.ends else product.visible and product.sku not in present


def _held(question: Question[Any], named: NamedLine | None) -> Collection[str]:
    """The SKUs that the line has in the question's place; what has a last day can be added again, for longer."""
    place = question.replaces or question.adds_to or question.ends
    held = skus(question, {question.code: named.value_at(place)}) if named and place else ()
    passing = {end.sku for end in named.line.feature_ends} if named and question.adds_to else set[str]()
    return [sku for sku in held if sku not in passing]


def _selected_or_present(facts: Facts, item: int, question: Question[Any]) -> Product | None:
    """The product that an item selects; that of its line, if the type doesn't ask."""
    named = facts.line(item)
    if facts.type.asks(question.code) or named is None:
        return first(facts, item, question)
    return facts.products.get(named.value_at(question.replaces) or "")
