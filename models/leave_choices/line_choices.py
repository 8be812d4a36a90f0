"""What can become of a line."""

from models.leave import LeaveThing
from models.leave_choice import LeaveChoice

REASSIGN = LeaveChoice(
    code="reassign",
    thing=LeaveThing.LINE,
    label="Give it to another employee",
    help="They keep the number. Their manager approves it.",
    effect="reassign_line",
    to_person=True,
)
SPARE = LeaveChoice(
    code="spare",
    thing=LeaveThing.LINE,
    label="Put it in the spare pool",
    help="The line stays active and belongs to no one until it is assigned again.",
    effect="reassign_line",
    answers={"assign_to": "nobody", "spare_device": "stock"},
    approval="LEAVER",
)
DISCONNECT = LeaveChoice(
    code="disconnect",
    thing=LeaveThing.LINE,
    label="Disconnect it",
    help="The number is lost once the carrier can't reconnect the line anymore. Fees for an early end are accepted.",
    effect="terminate_line",
    answers={"end_reason": "left", "final_ack": True, "fee_ack": True},
    approval="LEAVER",
)
