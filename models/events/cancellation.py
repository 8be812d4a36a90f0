"""The carrier is asked to cancel an order it already has."""

from models.event import EVERYONE, Event, EventEmail, task_event
from models.lifecycle import Status

CANCEL_REQUESTED = Event(
    code="cancel_requested",
    title="Carrier asked to cancel",
    emails=(EventEmail(name="cancel_requested", to=EVERYONE, while_status=frozenset({Status.CANCEL_REQUESTED})),),
)
CANCEL_DECLINED = Event(
    code="cancel_declined", title="Too late to cancel", emails=(EventEmail(name="cancel_declined", to=EVERYONE),)
)
EARLIER_PART_COMPLETED = Event(
    code="earlier_part_completed",
    title="Earlier part already completed",
    explanation="{carrier} had already completed an earlier part of this order. "
    "Anything that has shipped will still arrive.",
)
SERVICE_TO_END = task_event("service_to_end", "Service to end at the carrier")
