"""What a carrier delivers, corrects or asks about an item that has ended, and what was done about it."""

from models.event import Event, task_event

REFUSED_DELIVERY = task_event("refused_delivery", "Carrier continues what it had refused", details={"carrier_ref"})
DELIVERY_ACCEPTED = Event(code="delivery_accepted", title="Accepted into the inventory", settles=True)
DELIVERY_ENDED = Event(code="delivery_ended", title="Ended at carrier", settles=True)
DELIVERY_UNSETTLED = Event(
    code="delivery_unsettled", title="Delivery could not be settled", is_problem=True, details=frozenset({"choice"})
)
LATE_CORRECTION = task_event("late_correction", "Carrier corrected a completed item")
CORRECTION_TAKEN_OVER = Event(
    code="correction_taken_over", title="Correction taken over into the inventory", settles=True
)
CORRECTION_UNSETTLED = Event(
    code="correction_unsettled",
    title="Correction could not be taken over",
    is_problem=True,
    details=frozenset({"choice"}),
)
LATE_QUESTION = task_event("late_question", "Carrier asked about an item that has ended")
