"""By when an order that is open should have moved, where its workflow sets no timer."""

from datetime import datetime, timedelta
from typing import NamedTuple

from models.business_hours import add_business_hours
from models.db.catalog import policy_versions
from models.db.session import Session
from models.lifecycle import OWN_STATUSES
from models.order import Order, OrderEvent
from models.task import opened_by

# By then a step of Dialtone's own is done, or an operator is asked.
OWN_STEP_WITHIN = timedelta(minutes=30)


class Due(NamedTuple):
    """When an order is due; with `unless_known` only if it was not due yet when it came into its status."""

    at: datetime | None
    unless_known: bool = False


async def due_after(session: Session, order: Order, event: OrderEvent) -> Due:
    """When the order is due after an event: as the event says, or when the task is that it opens.

    Otherwise it stays as it is in the same status.
    """
    if event.due_at is not None:
        return Due(event.due_at)
    if event.status.final:
        return Due(None)
    kind = opened_by(event.event)
    if kind is not None and event.status not in OWN_STATUSES:
        policy = await policy_versions.newest(session, order.tenant)
        return Due(add_business_hours(policy, event.at, kind.due_hours))
    return Due(event.at + OWN_STEP_WITHIN, unless_known=True)
