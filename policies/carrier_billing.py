"""Whether a carrier has an account to charge for a line or a product. Without one it takes no order."""

from collections.abc import Collection

from models.product import Product

MISSING = "CARRIER_ACCOUNT_MISSING"
LINE_NOT_BILLED = (
    "The account that pays for the order has no billing account with the line's carrier. Ask an admin to add one."
)


def line_is_billed(own_account: str | None, carrier: str, carriers: Collection[str]) -> bool:
    """`own_account` is that of the line, `carriers` are those where the account that pays has a billing account."""
    return own_account is not None or carrier in carriers


def product_is_billed(product: Product, carriers: Collection[str]) -> bool:
    """`carriers` are those where the account that pays has a billing account."""
    return product.carrier is None or product.carrier in carriers
