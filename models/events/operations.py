"""Failures, and what operators do about them."""

from models.event import Audience, Event, EventEmail, task_event

FAILED = task_event("failed", "Step failed", opens="failed_step")
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
STEP_SKIPPED = task_event("step_skipped", "Step failed; the order continued without it", opens="skipped_step")
LEFT_TO_DESK = Event(code="left_to_desk", title="Left to the telecom desk", is_problem=True)
UNEXPECTED_UPDATE = task_event("unexpected_update", "Carrier contradicted the order")
UNREADABLE_VALUE = task_event("unreadable_value", "Carrier asked for a value that can be read")
PRODUCT_UNKNOWN = task_event("product_unknown", "Carrier didn't know the line")
EARLIER_QUESTION = task_event("earlier_question", "Carrier asked about an earlier part")
SECOND_ORDER = task_event("second_order", "Carrier has a second order", details={"carrier_ref", "second_ref"})
SECOND_ORDER_ANSWERED = Event(
    code="second_order_answered",
    title="Carrier was asked to cancel the second order",
    details=frozenset({"second_ref", "answer"}),
)
LOST_ORDER = task_event("lost_order", "Carrier doesn't know the order anymore", details={"carrier_ref"})
PLACED_AGAIN = Event(code="placed_again", title="Placed again", settles=True)
FOUND_AGAIN = Event(
    code="found_again", title="Carrier knows the order again", details=frozenset({"carrier_ref"}), settles=True
)
CARRIER_ASKED = Event(code="carrier_asked", title="Carrier was asked about the order", settles=True)
NUMBERS_TAKEN = task_event("numbers_taken", "Order continued from an earlier state")
STATE_RESTORED = Event(
    code="state_restored", title="Brought up to date after a database was restored", is_problem=True, settles=True
)
TASK_SETTLED = Event(code="task_settled", title="Task settled", details=frozenset({"choice"}), settles=True)
MESSAGE_REJECTED = Event(
    code="message_rejected",
    title="Late action had no effect",
    details=frozenset({"action"}),
    emails=(EventEmail(name="message_rejected", to=(Audience.SENDER,)),),
)
