"""The carrier is asked to cancel an order it already has."""

from models.event import EVERYONE, Event, EventEmail

CANCEL_REQUESTED = Event(
    code="cancel_requested",
    title="Carrier asked to cancel",
    emails=(EventEmail(name="cancel_requested", to=EVERYONE),),
)
CANCEL_DECLINED = Event(
    code="cancel_declined", title="Too late to cancel", emails=(EventEmail(name="cancel_declined", to=EVERYONE),)
)
