"""The carrier is asked to cancel an order it already has."""

from models.event import EVERYONE, Audience, Event, EventEmail
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
SERVICE_TO_END = Event(
    code="service_to_end",
    title="Service to end at the carrier",
    is_problem=True,
    opens="service_to_end",
    emails=(EventEmail(name="service_to_end", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
