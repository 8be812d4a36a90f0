"""The labels of statuses and states, for pages and emails."""

from collections.abc import Mapping
from types import MappingProxyType

from models import formatting

# Statuses whose code doesn't read as a label.
_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "done": "Completed",
        "partly_done": "Partially completed",
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
        "declined": "Declined by carrier",
        "refused": "Needs a correction",
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


def label(code: str | None) -> str:
    """`AWAITING_APPROVAL` as "Awaiting approval"; any code works, statuses have labels of their own."""
    return _LABELS.get((code or "").lower()) or formatting.humanize(code or "")
