"""Items that the carrier has reported as completed, and then as ended otherwise, before the inventory had them."""

from temporalio.exceptions import ApplicationError

from models.db import reported_orders
from models.db.session import Session
from models.lifecycle import NOT_DELIVERED, ItemState
from models.order import Item, Order
from models.status_labels import label

# The type of the error; its details are the number of the item, and what the carrier has reported.
COMPLETION_WITHDRAWN = "COMPLETION_WITHDRAWN"


async def require_completed(session: Session, order: Order, item: Item) -> None:
    """Fail for good if the carrier's newest report about the item is that it has ended without what was ordered.

    The caller has locked the order, which is still open: what is reported later finds the item completed.
    """
    newest = await reported_orders.newest_about(session, order.ref, item.id) if order.carrier else None
    states = [ItemState(one["state"]) for one in newest.payload["items"] if one["item_id"] == item.id] if newest else []
    for state in NOT_DELIVERED.intersection(states):
        problem = f"The carrier reported item {item.number} as completed, and then as {label(state)}."
        raise ApplicationError(problem, item.number, label(state), type=COMPLETION_WITHDRAWN, non_retryable=True)
