"""What happens because an order has waited: people are reminded, asked or given a task."""

from models.event import PARTIES, Audience, Event, EventEmail, task_event
from models.lifecycle import ItemState, Status

_BACKORDERED = frozenset({ItemState.BACKORDERED})
_REFUSED = frozenset({ItemState.REFUSED})
_DECIDED = frozenset({"kept_waiting"})

SILENT_CARRIER = task_event("silent_carrier", "No date from the carrier")
QUESTION_REMINDER = Event(
    code="question_reminder",
    title="Reminder sent: carrier needs information",
    details=frozenset({"count"}),
    emails=(
        EventEmail(
            name="question_reminder",
            to=PARTIES,
            while_status=frozenset({Status.VENDOR_INFO_REQUIRED}),
            until=frozenset({"info_provided"}),
        ),
    ),
)
BACKORDER_REMINDER = Event(
    code="backorder_reminder",
    title="Still backordered",
    emails=(EventEmail(name="backorder_reminder", to=PARTIES, while_item_state=_BACKORDERED),),
)
# Asked again, it has the number of the reminder as `count`.
BACKORDER_DECISION = Event(
    code="backorder_decision",
    title="Asked whether to keep waiting",
    details=frozenset({"count"}),
    emails=(
        EventEmail(name="backorder_decision", to=(Audience.REQUESTER,), while_item_state=_BACKORDERED, until=_DECIDED),
    ),
)
BACKORDER_UNDECIDED = task_event("backorder_undecided", "Nobody decided whether to keep waiting")
# Its data has when someone is asked again if nothing happens, as `until`.
KEPT_WAITING = Event(code="kept_waiting", title="Keeps waiting", settles=True, details=frozenset({"until"}))
# `needs` of its data are the questions whose answers can be corrected.
REFUSED = Event(
    code="refused",
    title="Declined by carrier – can be corrected",
    is_problem=True,
    emails=(EventEmail(name="refused", to=PARTIES, while_item_state=_REFUSED),),
)
CORRECTION_REMINDER = Event(
    code="correction_reminder",
    title="Reminder sent: correct the order",
    details=frozenset({"count"}),
    emails=(EventEmail(name="correction_reminder", to=PARTIES, while_item_state=_REFUSED),),
)
CORRECTED = Event(code="corrected", title="Corrected")
CORRECTION_EXPIRED = Event(code="correction_expired", title="Not corrected in time", is_problem=True)
WAIT_OVER = Event(code="wait_over", title="No longer waiting", settles=True)
QUESTION_UNANSWERED = task_event("question_unanswered", "Carrier's question was not answered in time")
ARRIVAL_ASKED = Event(
    code="arrival_asked",
    title="Asked whether it arrived",
    details=frozenset({"count"}),
    emails=(EventEmail(name="arrival_asked", to=PARTIES, while_item_state=frozenset({ItemState.SHIPPED})),),
)
ARRIVAL_UNKNOWN = task_event("arrival_unknown", "No one says whether it arrived")
CANCELLATION_UNANSWERED = task_event("cancellation_unanswered", "Carrier didn't answer the cancellation")
STILL_RETURNING = task_event("still_returning", "Return takes too long")
STILL_HELD = task_event("still_held", "On hold for too long")
