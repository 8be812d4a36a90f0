"""What a carrier delivers, corrects or asks about an item that has ended, and what was done about it."""

from models.event import Audience, Event, EventEmail

_SETTLED = frozenset({"task_settled", "delivery_accepted", "delivery_ended", "correction_taken_over"})

REFUSED_DELIVERY = Event(
    code="refused_delivery",
    title="Carrier delivered what it had refused",
    is_problem=True,
    details=frozenset({"carrier_ref"}),
    opens="refused_delivery",
    emails=(EventEmail(name="refused_delivery", to=(Audience.ASSIGNEES,), until=_SETTLED),),
)
DELIVERY_ACCEPTED = Event(code="delivery_accepted", title="Accepted into the inventory", settles=True)
DELIVERY_ENDED = Event(code="delivery_ended", title="Ended at carrier", settles=True)
DELIVERY_UNSETTLED = Event(
    code="delivery_unsettled", title="Delivery could not be settled", is_problem=True, details=frozenset({"choice"})
)
LATE_CORRECTION = Event(
    code="late_correction",
    title="Carrier corrected a completed item",
    is_problem=True,
    opens="late_correction",
    emails=(EventEmail(name="late_correction", to=(Audience.ASSIGNEES,), until=_SETTLED),),
)
CORRECTION_TAKEN_OVER = Event(
    code="correction_taken_over", title="Correction taken over into the inventory", settles=True
)
CORRECTION_UNSETTLED = Event(
    code="correction_unsettled",
    title="Correction could not be taken over",
    is_problem=True,
    details=frozenset({"choice"}),
)
LATE_QUESTION = Event(
    code="late_question",
    title="Carrier asked about an item that has ended",
    is_problem=True,
    opens="late_question",
    emails=(EventEmail(name="late_question", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
