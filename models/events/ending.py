"""The end of an order and of its items; the decisions that end one are in `approval`."""

from collections.abc import Mapping
from types import MappingProxyType

from models.event import EVERYONE, Audience, Event, EventEmail
from models.lifecycle import Status

ITEM_DONE = Event(code="item_done", title="Item completed")
COMPLETED = Event(code="completed", title="Order completed", emails=(EventEmail(name="completed", to=EVERYONE),))
PARTIALLY_FULFILLED = Event(
    code="partially_fulfilled",
    title="Partially completed",
    emails=(EventEmail(name="partially_fulfilled", to=EVERYONE),),
)
VENDOR_REJECTED = Event(
    code="vendor_rejected",
    title="Declined by carrier",
    is_problem=True,
    emails=(EventEmail(name="vendor_rejected", to=(*EVERYONE, Audience.ADMINS)),),
)
WITHDRAWN = Event(
    code="withdrawn",
    title="Order canceled",
    ends_links="the order was canceled",
    emails=(EventEmail(name="withdrawn", to=(*EVERYONE, Audience.LAST_ASKED)),),
)
CANCELED = Event(
    code="canceled",
    title="Order canceled",
    ends_links="the order was canceled",
    emails=(EventEmail(name="canceled", to=(*EVERYONE, Audience.EARLIER_APPROVERS)),),
)

# The event by which an order ends in a status, unless an approver or the deadline for approval ends it.
ENDS: Mapping[Status, Event] = MappingProxyType(
    {
        Status.COMPLETED: COMPLETED,
        Status.PARTIALLY_FULFILLED: PARTIALLY_FULFILLED,
        Status.VENDOR_REJECTED: VENDOR_REJECTED,
        Status.WITHDRAWN: WITHDRAWN,
        Status.CANCELED: CANCELED,
    }
)
