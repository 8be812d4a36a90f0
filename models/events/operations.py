"""Failures, and what operators do about them."""

from models.event import Audience, Event, EventEmail
from models.lifecycle import Status

FAILED = Event(
    code="failed",
    title="Step failed",
    is_problem=True,
    emails=(EventEmail(name="failed", to=(Audience.ADMINS,), while_status=frozenset({Status.FAILED})),),
)
RETRIED = Event(code="retried", title="Step retried")
COMPLETED_MANUALLY = Event(code="completed_manually", title="Marked as completed manually")
MESSAGE_REJECTED = Event(code="message_rejected", title="Late message ignored", details=frozenset({"action"}))
