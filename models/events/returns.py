"""Goods that go back or never arrive, in the histories of their order and of the order that returns them."""

from models.event import PARTIES, Event, EventEmail

# Their data has the number of the order that takes the item back as `return_order`.
_ABOUT = frozenset({"return_order", "is_traced"})

RECEIPT_CONFIRMED = Event(code="receipt_confirmed", title="Delivery confirmed")
RETURN_OPENED = Event(code="return_opened", title="Return started", details=_ABOUT)
RETURN_ENDED = Event(code="return_ended", title="Return ended without the device", details=_ABOUT)
ITEM_RETURNED = Event(
    code="item_returned",
    title="Returned",
    details=_ABOUT,
    emails=(EventEmail(name="item_returned", to=PARTIES),),
)
