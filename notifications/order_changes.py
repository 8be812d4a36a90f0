"""What has changed since an order was submitted, as sentences for those who approve it."""

from collections.abc import Iterator

from models import formatting
from models.order import Changes, Quote


def price_increase(before: Quote, after: Quote) -> str:
    """Say it with both prices: `The price went up from $32.00/month to $82.00/month.`."""
    return f"The price went up from {_price(before)} to {_price(after)}."


def sentences(changes: Changes, approved: Quote) -> Iterator[str]:
    yield from dict.fromkeys(error.detail for error in changes.refusals)
    if changes.price is not None:
        yield price_increase(approved, changes.price)


def _price(price: Quote) -> str:
    return formatting.price(price.one_time, price.monthly, price.monthly_before, price.currency) or "no charge"
