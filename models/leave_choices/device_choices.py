"""What can become of a device."""

from models.leave import LeaveThing
from models.leave_choice import LeaveChoice

_STAYS = {"device_moves": False, "spare_device": "stock"}

SEND_BACK = LeaveChoice(
    code="return",
    thing=LeaveThing.DEVICE,
    label="Send it back to the carrier",
    help="It is erased and signed out of the Apple or Google account before it is sent.",
    effect="return_to_carrier",
    answers={"return_cause": "leaver", "condition": "working", "account_removed": True},
    of_device={
        "terminate_line": {"device_goes": "return_to_carrier", "wipe_confirmed": True, "account_removed": True},
        "reassign_line": _STAYS,
    },
)
STOCK = LeaveChoice(
    code="stock",
    thing=LeaveThing.DEVICE,
    label="Hand it in to the telecom desk",
    help="It goes to stock, for someone else. It is signed out of the Apple or Google account before.",
    effect="return_to_carrier",
    answers={"return_cause": "leaver", "condition": "working", "account_removed": True, "return_way": "stock"},
    of_device={"terminate_line": {"device_goes": "stock"}, "reassign_line": _STAYS},
)
WITH_LINE = LeaveChoice(
    code="with_line",
    thing=LeaveThing.DEVICE,
    label="It goes with its line",
    help="The person who takes over the line gets the device, too.",
    of_device={"reassign_line": {"device_moves": True, "spare_device": "on_line"}},
)
MISSING = LeaveChoice(
    code="missing",
    thing=LeaveThing.DEVICE,
    label="It's missing",
    help="Call the carrier's hotline now, so that it is locked.",
    of_device={"terminate_line": {"device_goes": "missing"}, "reassign_line": _STAYS},
)
