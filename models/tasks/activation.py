"""Deliveries that nobody activates."""

from dataclasses import replace

from models.facts import Role
from models.lifecycle import Status
from models.task import TaskKind
from models.task_choices import CANCEL_ORDER, KEEP_WAITING

ACTIVATION_OVERDUE = TaskKind(
    code="activation_overdue",
    title="Not activated",
    happened="{carrier} delivered item {item} {days} days ago. It isn't activated, although we sent reminders.",
    todo="Ask whether it arrived and works. Have it activated, or cancel the order and have it returned.",
    role=Role.DESK,
    due_hours=16,
    choices=(
        replace(
            KEEP_WAITING,
            label="Will be activated",
            help="You reached someone who activates it. The order keeps waiting, and the reminders start over.",
            asks="Who activates it, and by when?",
        ),
        replace(
            CANCEL_ORDER, help="Asks the carrier to cancel what isn't activated. Everyone on the order sees the reason."
        ),
    ),
    while_status=frozenset(
        {
            Status.IN_FULFILLMENT,
            Status.VENDOR_INFO_REQUIRED,
            Status.BACKORDERED,
            Status.SHIPPED,
            Status.AWAITING_ACTIVATION,
            Status.FAILED,
        }
    ),
)
