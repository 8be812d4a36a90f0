"""What the items of an order chose from the catalog."""

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
    """One SKU an item names; `product` is None where the beneficiary's catalog has no such thing."""

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
    """Return the product one item names in answer to one ask, if its catalog has it."""
    return next((choice.product for choice in of_item(facts, item, ask)), None)


def go_together(one: Product, other: Product) -> bool:
    """Whether the carriers agree (None goes with every one) and `other` is among what `one` fits."""
    same_carrier = None in (one.carrier, other.carrier) or one.carrier == other.carrier
    return same_carrier and (not one.fits or other.sku in one.fits)


def offered(facts: Facts, item: int, ask: Ask) -> Iterator[Product]:
    """Yield what can be chosen in answer to an ask, cheapest first; nothing before what it must go with is chosen."""
    before = [first(facts, item, one) for one in _BEFORE[ask] if one in facts.type.asks]
    goes_with = [product for product in before if product]
    if len(goes_with) < len(before):
        return
    fitting = (
        product
        for product in facts.products.values()
        if product.visible and product.kind is KINDS[ask] and all(go_together(product, other) for other in goes_with)
    )
    yield from sorted(fitting, key=lambda product: (product.monthly, product.one_time, product.name))


# What an answer must go with, once it is chosen: the device decides the plan, the plan the features.
_BEFORE: Mapping[Ask, tuple[Ask, ...]] = MappingProxyType(
    {
        Ask.DEVICE: (),
        Ask.PLAN: (Ask.DEVICE,),
        Ask.FEATURES: (Ask.PLAN,),
        Ask.ACCESSORIES: (Ask.DEVICE,),
    }
)


def _product(facts: Facts, ask: Ask, sku: str) -> Product | None:
    product = facts.products.get(sku)
    return product if product and product.visible and product.kind is KINDS[ask] else None
