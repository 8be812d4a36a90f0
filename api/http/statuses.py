"""The color and the label of a status on pages."""

from collections.abc import Mapping
from types import MappingProxyType

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
# Statuses whose code doesn't read as a label.
_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "validating": "Submitted",
        "withdrawn": "Canceled",
        "info_requested": "Needs info",
        "submitting": "Sending to carrier",
        "in_fulfillment": "Processing",
        "vendor_info_required": "Carrier needs info",
        "info_required": "Carrier needs info",
        "awaiting_activation": "Ready to activate",
        "partially_fulfilled": "Partially completed",
        "vendor_rejected": "Declined by carrier",
        "refused": "Declined by carrier",
        "canceling": "Cancel requested",
        "unconfirmed": "On order",
        "pending_return": "Return due",
        "lost_stolen": "Lost or stolen",
        "repair": "In repair",
        "porting_in": "Moving in",
        "porting_out": "Moving out",
        "terminated": "Closed",
        "void": "Not created",
    }
)


def tone(status: str) -> str:
    """done, busy, wait (for a person), stop, or quiet: the color of an order's, item's, line's or email's status."""
    return TONES.get(status.lower().replace(" ", "_"), QUIET)


def label(code: str | None) -> str:
    """`AWAITING_APPROVAL` as "Awaiting approval"; any code works, statuses have labels of their own."""
    return _LABELS.get((code or "").lower()) or (code or "").replace("_", " ").capitalize()
