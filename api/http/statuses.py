"""The color of a status on pages; its label is in `models/status_labels.py`."""

from collections.abc import Mapping
from types import MappingProxyType

from models.status_labels import label

__all__ = ["TONES", "label", "tone"]

QUIET = "quiet"

_STATUSES = {
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
TONES: Mapping[str, str] = MappingProxyType({name: tone for tone, names in _STATUSES.items() for name in names})


def tone(status: str) -> str:
    """done, busy, wait (for a person), stop, or quiet: the color of an order's, item's, line's or email's status."""
    return TONES.get(status.lower().replace(" ", "_"), QUIET)
