"""What an order keeps of its type, as a document that newer code reads.

`FrozenType` calls `upgrade` itself when it is decoded, so no reader of rows, payloads or the outbox can skip it.
"""

from collections.abc import Mapping
from typing import Any

# Raised when a field of FrozenType gets another name, type or meaning; `upgrade` then converts earlier editions.
EDITION = 1


class NewerOrderError(Exception):
    """The order was submitted by a newer version of Dialtone than this process."""


def upgrade(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with today's fields. Its edition stays, so that workflows can tell earlier orders.

    `Item.steps` has no edition: steps only get optional fields. Raises NewerOrderError.
    """
    edition = document.get("edition", EDITION)
    if edition > EDITION:
        raise NewerOrderError(
            f"The order has edition {edition}, but this process knows only {EDITION}. Update Dialtone."
        )
    return document
