"""Features that can't be on together."""

from collections.abc import Collection

from models.facts import Facts


def conflicting(facts: Facts, added: Collection[str], others: Collection[str]) -> set[str]:
    """The SKUs among `others` that conflict with one that is added, as the catalog says of either of them."""
    return {other for other in others if any(_conflict(facts, one, other) for one in added)}


def _conflict(facts: Facts, one: str, other: str) -> bool:
    return other in _conflicts_of(facts, one) or one in _conflicts_of(facts, other)


def _conflicts_of(facts: Facts, sku: str) -> Collection[str]:
    product = facts.products.get(sku)
    found: Collection[str] = product.attributes.get("conflicts", ()) if product else ()
    return found
