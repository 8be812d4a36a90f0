"""The products that the items of an order select from the catalog."""

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
    """A SKU that an item selects; `product` is None if it is not in the beneficiary's catalog."""

    item: int
    ask: Ask
    sku: str
    product: Product | None

    @property
    def field(self) -> str:
        """The path of the answer in the request."""
        return f"items.{self.item}.{self.ask}"


def choices(facts: Facts, ask: Ask | None = None) -> Iterator[Choice]:
    """Yield every SKU the items select, or those selected for one ask."""
    for item in range(len(facts.answers)):
        for one in KINDS if ask is None else (ask,):
            yield from of_item(facts, item, one)


def of_item(facts: Facts, item: int, ask: Ask) -> Iterator[Choice]:
    """Yield the SKUs that one item selects for one ask."""
    answer = facts.answers[item].get(ask, ())
    for sku in (answer,) if isinstance(answer, str) else answer:
        yield Choice(item=item, ask=ask, sku=sku, product=_product(facts, ask, sku))


def in_catalog(facts: Facts, ask: Ask) -> Iterator[tuple[Choice, Product]]:
    """Yield the choices for an ask whose product is in the catalog; a check reports the others."""
    for choice in choices(facts, ask):
        if choice.product:
            yield choice, choice.product


def first(facts: Facts, item: int, ask: Ask) -> Product | None:
    """Return the product that one item selects for one ask, if it is in the catalog."""
    return next((choice.product for choice in of_item(facts, item, ask)), None)


def go_together(one: Product, other: Product) -> bool:
    """Whether both have the same carrier (None: any carrier) and `other` is among what `one` fits."""
    same_carrier = None in (one.carrier, other.carrier) or one.carrier == other.carrier
    return same_carrier and (not one.fits or other.sku in one.fits)


def offered(facts: Facts, item: int, ask: Ask) -> Iterator[Product]:
    """Yield the products available for an ask, cheapest first; none until those it depends on are selected."""
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


# The asks whose products a product must be compatible with.
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
