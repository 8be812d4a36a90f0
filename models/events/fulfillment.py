"""What the carrier is sent and reports."""

from models.event import EVERYONE, PARTIES, Event, EventEmail, task_event
from models.lifecycle import ItemState

SUBMITTING = Event(code="submitting", title="Sent to carrier")
PLACED = Event(
    code="placed",
    title="Carrier confirmed order",
    details=frozenset({"carrier", "carrier_ref"}),
    emails=(EventEmail(name="placed", to=EVERYONE, until=frozenset({"canceled", "vendor_rejected"})),),
)
NOT_SENT = Event(
    code="not_sent",
    title="Not sent to the carrier",
    explanation="There is nothing for the carrier to do: the line's features are already as ordered.",
)
PROGRESS = Event(code="progress", title="Carrier update")
COMPLETION_WITHDRAWN = Event(
    code="completion_withdrawn",
    title="Carrier took back that an item is completed",
    is_problem=True,
    settles=True,
    details=frozenset({"reported"}),
)
LATE_REPORT = Event(
    code="late_report", title="Older carrier update ignored", details=frozenset({"late", "reported_at"})
)
VENDOR_INFO_REQUIRED = Event(
    code="vendor_info_required",
    title="Carrier needs information",
    emails=(
        EventEmail(name="vendor_info_required", to=PARTIES, while_item_state=frozenset({ItemState.INFO_REQUIRED})),
    ),
)
_TO_BE_ACCEPTED = frozenset({ItemState.INFO_REQUIRED})
# The carrier gave the line another number than before.
NEW_NUMBER = Event(
    code="new_number",
    title="New number to be accepted",
    emails=(
        EventEmail(name="new_number", to=PARTIES, while_item_state=_TO_BE_ACCEPTED, until=frozenset({"info_provided"})),
    ),
)
NEW_NUMBER_REMINDER = Event(
    code="new_number_reminder",
    title="Reminder sent: accept the new number",
    details=frozenset({"count"}),
    emails=(
        EventEmail(
            name="new_number_reminder", to=PARTIES, while_item_state=_TO_BE_ACCEPTED, until=frozenset({"info_provided"})
        ),
    ),
)
BACKORDERED = Event(code="backordered", title="Backordered", emails=(EventEmail(name="backordered", to=EVERYONE),))
SHIPPED = Event(code="shipped", title="Shipped", emails=(EventEmail(name="shipped", to=EVERYONE),))
PARCEL_SHIPPED = Event(
    code="parcel_shipped",
    title="Another parcel shipped",
    emails=(EventEmail(name="parcel_shipped", to=EVERYONE),),
)
# Once per item, when all of it has arrived.
DELIVERED = Event(code="delivered", title="Delivered", emails=(EventEmail(name="delivered", to=EVERYONE),))
PARCEL_ARRIVED = Event(code="parcel_arrived", title="One of several parcels delivered")
ACTIVATION_NEEDED = Event(
    code="activation_needed",
    title="Ready to activate",
    details=frozenset({"last"}),
    emails=(
        EventEmail(
            name="activation_needed",
            to=PARTIES,
            while_item_state=frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION}),
        ),
    ),
)
ACTIVATION_OVERDUE = task_event("activation_overdue", "Not activated in time")
ACTIVATION_SENT = Event(code="activation_sent", title="Activation sent to carrier")
