"""The end of a line's suspension, and of other times that a timer of a line measures."""

from models.event import Audience, Event, EventEmail, task_event

_TO = (Audience.HOLDER, Audience.REQUESTER, Audience.ADMINS)

RESUME_REQUESTED = Event(code="resume_requested", title="Carrier asked to resume the line")
LINE_RESUMED = Event(
    code="line_resumed",
    title="Line resumed",
    details=frozenset({"at_limit"}),
    emails=(EventEmail(name="line_resumed", to=_TO),),
)
LINE_DISCONNECTED = Event(
    code="line_disconnected",
    title="Line disconnected",
    details=frozenset({"at_limit"}),
    emails=(EventEmail(name="line_disconnected", to=_TO),),
)
# In the history of the order that has resumed the line: its parties read that the order is complete.
LINE_BACK = Event(
    code="line_back",
    title="Line is back in service",
    emails=(EventEmail(name="line_back", to=(Audience.OWNERS,)),),
)
RESUMED_AFTER_LOSS = Event(
    code="resumed_after_loss",
    title="Line resumed after loss or theft",
    emails=(EventEmail(name="resumed_after_loss", to=(Audience.ADMINS,), always=True),),
)
LINE_RESUMED_BY_ORDER = Event(code="line_resumed_by_order", title="Line resumed")
LINE_CHANGED_BY_ORDER = Event(code="line_changed_by_order", title="Line changed")
_OVER = frozenset(
    event.code for event in (LINE_RESUMED, LINE_DISCONNECTED, LINE_RESUMED_BY_ORDER, LINE_CHANGED_BY_ORDER)
)
SUSPENSION_ENDING = Event(
    code="suspension_ending",
    title="Suspension ends soon",
    details=frozenset({"days"}),
    emails=(EventEmail(name="suspension_ending", to=_TO, until=_OVER),),
)
TIMER_RESTORED = task_event("timer_restored", "Timer continued from an earlier state")
RESUME_FAILED = task_event("resume_failed", "Line couldn't be resumed", opens="resume_overdue")
SUSPENSION_LIMIT_REACHED = task_event(
    "suspension_limit_reached", "Suspended for longer than the carrier says", opens="suspension_limit"
)
