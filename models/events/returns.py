"""Goods that go back or never arrive, in the histories of their order and of the order that returns them."""

from models.event import EVERYONE, PARTIES, Audience, Event, EventEmail, task_event
from models.lifecycle import ItemState

# Their data has the number of the order that takes the item back as `return_order`.
_ABOUT = frozenset({"return_order", "is_traced"})
_NOT_SENT = frozenset({ItemState.PLACED, ItemState.IN_FULFILLMENT})

# --- in the history of the order that brought the goods --------------------------
RECEIPT_CONFIRMED = Event(code="receipt_confirmed", title="Delivery confirmed", settles=True)
RETURN_OPENED = Event(code="return_opened", title="Return started", details=_ABOUT)
RETURN_ENDED = Event(code="return_ended", title="Return ended without the device", details=_ABOUT)
ITEM_RETURNED = Event(
    code="item_returned",
    title="Returned",
    details=_ABOUT,
    emails=(EventEmail(name="item_returned", to=PARTIES),),
)
RETURN_NOT_OPENED = task_event("return_not_opened", "Return could not be opened")

# --- in the history of the order that returns them -------------------------------
RETURN_LABEL_READY = Event(
    code="return_label_ready",
    title="Return arranged",
    emails=(EventEmail(name="return_label_ready", to=PARTIES, while_item_state=_NOT_SENT),),
)
RETURN_REMINDER = Event(
    code="return_reminder",
    title="Reminded to send the device back",
    details=frozenset({"count"}),
    emails=(EventEmail(name="return_reminder", to=PARTIES, while_item_state=_NOT_SENT),),
)
RETURN_IN_TRANSIT = Event(code="return_in_transit", title="On its way back")
RETURN_ARRIVED = Event(code="return_arrived", title="Carrier received the device")
# This one's data, and that of the charge taken back, has the `amount`, and who owns the account and the cost center as
# `holder_ids`.
CHARGEBACK = Event(
    code="chargeback",
    title="Charged, because the device didn't come back",
    is_problem=True,
    details=frozenset({"amount", "cost_center"}),
    opens="return_overdue",
    emails=(
        EventEmail(name="chargeback", to=(*EVERYONE, Audience.HOLDER)),
        EventEmail(name="return_overdue", to=(Audience.ASSIGNEES,)),
    ),
)
RETURN_STILL_OUT = task_event("return_still_out", "Device still not returned", opens="return_overdue")
CHARGE_TAKEN_BACK = Event(
    code="charge_taken_back",
    title="Charge taken back, because the device is back",
    details=frozenset({"amount"}),
    emails=(EventEmail(name="charge_taken_back", to=(*EVERYONE, Audience.HOLDER)),),
)
RETURN_STUCK = task_event("return_stuck", "Return didn't arrive")
RETURN_EXPECTED = Event(
    code="return_expected",
    title="Waiting for the device at the telecom desk",
    opens="return_to_receive",
    emails=(
        EventEmail(name="return_expected", to=PARTIES, while_item_state=_NOT_SENT),
        EventEmail(name="return_to_receive", to=(Audience.ASSIGNEES,)),
    ),
)
TRACE_UNANSWERED = task_event("trace_unanswered", "Carrier hasn't found the parcel")
TRACE_NEEDED = task_event("trace_needed", "Parcel to look for", opens="parcel_to_trace")
DEVICE_RECEIVED = Event(code="device_received", title="Device received", settles=True, details=frozenset({"condition"}))
PARCEL_TRACED = Event(code="parcel_traced", title="Parcel looked for", settles=True, details=frozenset({"outcome"}))
ACCOUNT_NOT_REMOVED = task_event("account_not_removed", "Device to erase", details={"amount"})
DEVICE_LOCKED = task_event("device_locked", "Device came back locked", details={"amount"})

# The latest of these says what happens next, as `next` of its data; without it, the order continues.
RETURN_STEPS = tuple(
    one.code
    for one in (
        *(RETURN_OPENED, RETURN_ENDED, RECEIPT_CONFIRMED, ITEM_RETURNED),
        *(RETURN_LABEL_READY, RETURN_IN_TRANSIT, RETURN_ARRIVED, RETURN_EXPECTED, TRACE_NEEDED),
    )
)
