"""By when an order that waits should have moved, where its workflow sets no timer."""

from datetime import datetime, timedelta

from models.business_hours import add_business_hours
from models.db.catalog import policy_versions
from models.db.session import Session
from models.lifecycle import Status
from models.order import Order, OrderEvent
from models.questions.shipping import SHIP_TO

# By then the carrier has accepted or declined the order, or an operator is asked.
SUBMITTED_WITHIN = timedelta(minutes=30)


async def due_after(session: Session, order: Order, event: OrderEvent) -> datetime | None:
    """When the order is due after an event, as the event or the tenant's policy says."""
    if event.due_at is not None:
        return event.due_at
    if event.status is Status.SUBMITTING:
        return event.at + SUBMITTED_WITHIN
    if event.status is Status.IN_FULFILLMENT:
        policy = await policy_versions.newest(session, order.tenant)
        ships = order.type.asks(SHIP_TO.code)
        hours = policy.carrier_shipment_hours if ships else policy.carrier_change_hours
        return add_business_hours(policy, event.at, hours)
    return None
