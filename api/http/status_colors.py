"""In which of five tones a state is shown: done, busy, waiting for a person, stopped, or quiet."""

from collections.abc import Mapping
from types import MappingProxyType

QUIET = "quiet"

_STATES = {
    "done": ("completed", "done", "approved", "sent", "active", "in_stock"),
    "busy": (
        *("validating", "submitting", "in_fulfillment", "shipped", "placed", "reserved", "running", "started"),
        *("scheduled",),
    ),
    "wait": (
        *("awaiting_approval", "info_requested", "vendor_info_required", "awaiting_activation", "on_hold"),
        *("backordered", "cancel_requested", "partially_fulfilled", "info_required", "canceling", "suspended"),
    ),
    "stop": (
        *("failed", "rejected", "vendor_rejected", "expired", "refused", "retrying", "delayed", "dead", "timed_out"),
        *("terminated", "lost", "stolen"),
    ),
}
TONES: Mapping[str, str] = MappingProxyType({state: tone for tone, states in _STATES.items() for state in states})


def tone(state: str) -> str:
    """The tone of a state of an order, an item, a line, a mail or a step of the engine."""
    return TONES.get(state.lower().replace(" ", "_"), QUIET)
