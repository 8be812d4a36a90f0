"""From submit until the order is sent to the carrier."""

from models.event import PARTIES, Event, EventEmail
from models.lifecycle import Status

# Sends no email: the next event follows within seconds and says who has to approve, if anyone.
RECEIVED = Event(code="received", title="Order submitted")
SCHEDULED = Event(code="scheduled", title="Scheduled", details=frozenset({"effective_at"}))
HELD = Event(
    code="held",
    title="On hold for another order on this line",
    by_prefix="Order ",
    emails=(EventEmail(name="held", to=PARTIES, while_status=frozenset({Status.ON_HOLD})),),
)
RESERVED = Event(code="reserved", title="Device and number reserved")
