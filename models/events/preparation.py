"""From submit until the order is sent to the carrier."""

from models.event import PARTIES, Audience, Event, EventEmail
from models.formatting import capitalized, lock_holder
from models.lifecycle import Status

# Sends no email: the next event follows within seconds and says who has to approve, if anyone.
RECEIVED = Event(code="received", title="Order submitted")
SCHEDULED = Event(code="scheduled", title="Scheduled", details=frozenset({"effective_at"}))
# A day before the start date.
STARTS_TOMORROW = Event(
    code="starts_tomorrow",
    title="Starts tomorrow",
    details=frozenset({"effective_at"}),
    emails=(EventEmail(name="starts_tomorrow", to=PARTIES, while_status=frozenset({Status.SCHEDULED})),),
)
HELD = Event(
    code="held",
    title="On hold for another change of this line",
    by_words=lambda by: capitalized(lock_holder(by)),
    emails=(EventEmail(name="held", to=PARTIES, while_status=frozenset({Status.ON_HOLD})),),
)
NO_LONGER_ALLOWED = Event(
    code="no_longer_allowed",
    title="On hold, because it's no longer allowed",
    is_problem=True,
    opens="no_longer_allowed",
    emails=(
        EventEmail(name="no_longer_allowed", to=(Audience.ASSIGNEES,), while_status=frozenset({Status.ON_HOLD})),
        EventEmail(name="order_on_hold", to=PARTIES, while_status=frozenset({Status.ON_HOLD})),
    ),
)
CHECKED_AGAIN = Event(code="checked_again", title="Checked again", settles=True)
RESERVED = Event(code="reserved", title="Reserved for this order")
