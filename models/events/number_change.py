"""A line's new phone number, and the old one where the change fails."""

from models.event import Audience, Event, EventEmail, task_event

# Once the inventory has the new number. `old` and `new` of its data are the two.
NUMBER_CHANGED = Event(
    code="number_changed",
    title="Phone number changed",
    emails=(EventEmail(name="number_changed", to=(Audience.HOLDER, Audience.OWNERS), always=True),),
)
NUMBER_AT_RISK = task_event("number_at_risk", "Old number may be lost", opens="number_to_recover")
ADDRESS_LEFT = task_event("address_left", "Carrier kept the new address", opens="address_to_restore")
