"""Codes as pages show them: the label and color of a status, and the names of roles."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from models.facts import Role
from models.inventory import DeviceStatus, LineStatus
from models.status_labels import label

QUIET = "quiet"

_STATUSES = {
    "done": ("completed", "done", "approved", "sent", "active", "in_stock"),
    "busy": (
        *("validating", "submitting", "in_fulfillment", "shipped", "placed", "reserved", "running", "started"),
        *("scheduled", "porting_in", "porting_out", "transferring", "unconfirmed"),
    ),
    "wait": (
        *("awaiting_approval", "info_requested", "vendor_info_required", "awaiting_activation", "on_hold"),
        *(
            "backordered",
            "cancel_requested",
            "partially_fulfilled",
            "partly_done",
            "info_required",
            "refused",
            "canceling",
            "suspended",
        ),
        *("refused", "repair", "pending_return"),
    ),
    "stop": (
        *("failed", "rejected", "vendor_rejected", "expired", "declined", "retrying", "delayed", "dead", "timed_out"),
        *("terminated", "lost_stolen"),
    ),
}
TONES: Mapping[str, str] = MappingProxyType({name: tone for tone, names in _STATUSES.items() for name in names})
ROLE_NAMES: Mapping[Role, str] = MappingProxyType(
    {
        Role.OWNER: "Account owner",
        Role.DESK: "Vendor desk agent",
        Role.SUPPORT: "Support agent",
        Role.CARE: "Care agent",
        Role.ADMIN: "Admin",
        Role.AUDITOR: "Auditor",
        Role.SERVICE: "Service account",
    }
)


def tone(status: str) -> str:
    """done, busy, wait (for a person), stop, or quiet: the color of a status, given by its code."""
    return TONES.get(status.lower(), QUIET)


LINE_STATUSES: Mapping[LineStatus, str] = MappingProxyType(
    {status: label(status) for status in LineStatus} | {LineStatus.PENDING: "Setting up"}
)
DEVICE_STATUSES: Mapping[DeviceStatus, str] = MappingProxyType(
    {status: label(status) for status in DeviceStatus} | {DeviceStatus.ACTIVE: "In use"}
)


def role_names(roles: Iterable[str]) -> str:
    """`Admin, Auditor`."""
    return ", ".join(ROLE_NAMES[Role(role)] for role in sorted(roles))
