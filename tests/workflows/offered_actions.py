"""Who is offered what on an order, written by hand: by course, action and role."""

from collections.abc import Mapping
from types import MappingProxyType

from models.order_type import Milestone

# By the letter of a role: the requester, who the order is for, who is asked to approve it, the owner of its account,
# the service desk, an admin, an auditor and a stranger.
ROLES: Mapping[str, str] = MappingProxyType(
    {
        "r": "requester",
        "b": "beneficiary",
        "a": "approver",
        "o": "account owner",
        "d": "desk",
        "m": "admin",
        "u": "auditor",
        "s": "stranger",
    }
)
_ASKED = {"approve": "a", "reject": "a", "request_info": "a", "reassign": "am", "cancel": "rbm"}
_GOODS = dict.fromkeys(("activate", "report_not_received", "start_return"), "rbodm")
# Canceling is offered as `CANCELABLE` says where it isn't listed here.
OFFERED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "awaiting_approval": _ASKED,
        "question": {"provide_info": "rbdm", "cancel": "rbm"},
        "scheduled": {"reschedule": "rbm"},
        "in_fulfillment": {},
        "asked": {"provide_info": "rbdm"},
        "new number": {"provide_info": "rbdm"},
        "backordered": {},
        "cancel_requested": {},
        "on_hold": {"task retry": "dm", "task cancel": "dm", "cancel": "rbadm"},
        "refused": {"correct": "rbdm", "cancel": "rbdm"},
        "shipped": {**_GOODS, "confirm_receipt": "rbodm"},
        "awaiting_activation": _GOODS,
        "way back": {},
        "at the desk": dict.fromkeys(("task found", "task lost"), "dm"),
        "validating": {"cancel": "rbm"},
        "approved": {"cancel": "rbadm"},
        "submitting": {"cancel": "rbdm"},
        "in_fulfillment too long": {
            "cancel": "rbdm",
            **dict.fromkeys(("task ask_again", "task keep_waiting", "task cancel"), "dm"),
        },
        "backordered too long": {"cancel": "rbdm", "keep_waiting": "rbdm"},
        "failed": {"cancel": "rbdm", "task retry": "dm", "task cancel": "dm"},
    }
)
# What is offered besides while a device is on its way to the desk.
TO_RECEIVE: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("task working", "task damaged", "task broken", "task locked", "task cancel"), "dm")
)
# And after a failure while the carrier changes a number.
OLD_NUMBER_AT_RISK: Mapping[str, str] = MappingProxyType(dict.fromkeys(("task recovered", "task not_needed"), "dm"))
# By the milestone at which canceling ends: who is offered it, and in which courses.
CANCELABLE: Mapping[Milestone, Mapping[str, str]] = MappingProxyType(
    {
        Milestone.APPROVED: {},
        Milestone.PLACED: {"scheduled": "rbadm"},
        Milestone.SHIPPED: dict.fromkeys(("in_fulfillment", "asked", "backordered"), "rbdm") | {"scheduled": "rbadm"},
        Milestone.APPLIED: dict.fromkeys(("in_fulfillment", "asked", "backordered"), "rbdm") | {"scheduled": "rbadm"},
    }
)
