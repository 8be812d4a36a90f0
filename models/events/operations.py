"""Failures, and what operators do about them."""

from models.event import Audience, Event, EventEmail
from models.lifecycle import Status

FAILED = Event(
    code="failed",
    title="Step failed",
    is_problem=True,
    opens="failed_step",
    emails=(EventEmail(name="failed", to=(Audience.ASSIGNEES,), while_status=frozenset({Status.FAILED})),),
)
RETRIED = Event(code="retried", title="Step retried", settles=True)
TAKEN_OVER = Event(
    code="taken_over", title="Identifier taken over", details=frozenset({"identifier", "from_line", "from_order"})
)
GIVEN_UP = Event(
    code="given_up",
    title="Identifier given up to another order",
    is_problem=True,
    details=frozenset({"identifier", "to_order"}),
)
COMPLETED_MANUALLY = Event(code="completed_manually", title="Marked as completed manually", settles=True)
STEP_SKIPPED = Event(
    code="step_skipped",
    title="Step failed; the order continued without it",
    is_problem=True,
    opens="skipped_step",
    emails=(EventEmail(name="step_skipped", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
UNEXPECTED_UPDATE = Event(
    code="unexpected_update",
    title="Carrier contradicted the order",
    is_problem=True,
    opens="unexpected_update",
    emails=(EventEmail(name="unexpected_update", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
UNREADABLE_VALUE = Event(
    code="unreadable_value",
    title="Carrier asked for a value that can be read",
    is_problem=True,
    opens="unreadable_value",
    emails=(EventEmail(name="unreadable_value", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
EARLIER_QUESTION = Event(
    code="earlier_question",
    title="Carrier asked about an earlier part",
    is_problem=True,
    opens="earlier_question",
    emails=(EventEmail(name="earlier_question", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
SECOND_ORDER = Event(
    code="second_order",
    title="Carrier has a second order",
    is_problem=True,
    details=frozenset({"carrier_ref", "second_ref"}),
    opens="second_order",
    emails=(EventEmail(name="second_order", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
SECOND_ORDER_ANSWERED = Event(
    code="second_order_answered",
    title="Carrier was asked to cancel the second order",
    details=frozenset({"second_ref", "answer"}),
)
LOST_ORDER = Event(
    code="lost_order",
    title="Carrier doesn't know the order any more",
    is_problem=True,
    details=frozenset({"carrier_ref"}),
    opens="lost_order",
    emails=(EventEmail(name="lost_order", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
SILENT_CARRIER = Event(
    code="silent_carrier",
    title="No date from the carrier",
    is_problem=True,
    opens="silent_carrier",
    emails=(EventEmail(name="silent_carrier", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
NUMBERS_TAKEN = Event(
    code="numbers_taken",
    title="Order continued from an earlier state",
    is_problem=True,
    opens="numbers_taken",
    emails=(EventEmail(name="numbers_taken", to=(Audience.ASSIGNEES,), until=frozenset({"task_settled"})),),
)
STATE_RESTORED = Event(code="state_restored", title="Brought up to date after a database was restored", is_problem=True)
TASK_SETTLED = Event(code="task_settled", title="Task settled", details=frozenset({"choice"}), settles=True)
MESSAGE_REJECTED = Event(
    code="message_rejected",
    title="Late action had no effect",
    details=frozenset({"action"}),
    emails=(EventEmail(name="message_rejected", to=(Audience.SENDER,)),),
)
