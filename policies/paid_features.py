"""Features of a line that cost the company something while no one uses the line."""

from collections.abc import Iterable, Mapping

from models.product import Product


def to_end(
    features: Iterable[str], on_line: Iterable[str | None], products: Mapping[str, Product], *, roaming: bool = False
) -> list[str]:
    """Those that are paid, or that are for roaming; what the plan or device, whose SKUs are `on_line`, brings stays."""
    bring = (products.get(sku) for sku in on_line if sku)
    required = {sku for product in bring if product for sku in product.attributes.get("requires", ())}
    known = ((sku, products.get(sku)) for sku in features if sku not in required)
    return [sku for sku, one in known if one and (one.monthly > 0 or (roaming and one.attributes.get("roaming")))]
