"""What follows after a line is disconnected: its number is given up, and the bill is checked."""

from models.event import Audience, Event, EventEmail, task_event

SERVICE_ENDS_LATER = Event(
    code="service_ends_later",
    title="Last day of service is known",
    explanation="{carrier} has the order. Until its last day of service, the line stays as it is.",
    details=frozenset({"last_day"}),
)
NUMBER_LOST = Event(code="number_lost", title="Number given up")
NUMBER_LOST_WARNING = Event(
    code="number_lost_warning",
    title="Number is lost soon",
    details=frozenset({"days", "last_day"}),
    emails=(
        EventEmail(
            name="number_lost_warning",
            to=(Audience.HOLDER, Audience.OWNERS),
            until=frozenset({NUMBER_LOST.code, "line_resumed_by_order", "line_changed_by_order"}),
        ),
    ),
)
BILL_CHECK = task_event("bill_check", "Bill to check")
