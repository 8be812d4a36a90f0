"""What the items of an order chose from the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.asks import Ask
from models.facts import Facts, Product, ProductKind

KINDS: Mapping[Ask, ProductKind] = MappingProxyType(
    {
        Ask.DEVICE: ProductKind.DEVICE,
        Ask.PLAN: ProductKind.PLAN,
        Ask.FEATURES: ProductKind.FEATURE,
        Ask.ACCESSORIES: ProductKind.ACCESSORY,
    }
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One SKU an item names; `product` is None where the beneficiary's catalogue has no such thing."""

    item: int
    ask: Ask
    sku: str
    product: Product | None

    @property
    def field(self) -> str:
        """Where it was said, as a path into the request."""
        return f"items.{self.item}.{self.ask}"


def choices(facts: Facts, ask: Ask | None = None) -> Iterator[Choice]:
    """Yield every SKU the items name, or those named in answer to one ask."""
    for item in range(len(facts.answers)):
        for one in KINDS if ask is None else (ask,):
            yield from of_item(facts, item, one)


def of_item(facts: Facts, item: int, ask: Ask) -> Iterator[Choice]:
    """Yield what one item names in answer to one ask."""
    answer = facts.answers[item].get(ask, ())
    for sku in (answer,) if isinstance(answer, str) else answer:
        yield Choice(item=item, ask=ask, sku=sku, product=_product(facts, ask, sku))


def first(facts: Facts, item: int, ask: Ask) -> Product | None:
    """Return the product one item names in answer to one ask, if its catalogue has it."""
    return next((choice.product for choice in of_item(facts, item, ask)), None)


def _product(facts: Facts, ask: Ask, sku: str) -> Product | None:
    product = facts.products.get(sku)
    return product if product and product.visible and product.kind is KINDS[ask] else None
