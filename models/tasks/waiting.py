"""Orders at a carrier that no longer answers about them."""

from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Action, Status
from models.task import TaskChoice, TaskKind
from models.task_choices import ASK_AGAIN, CANCEL_ORDER

_EVIDENCE = MappingProxyType({"carrier_ref": "Carrier's order", "references": "Our reference at the carrier"})

LOST_ORDER = TaskKind(
    code="lost_order",
    title="Carrier lost the order",
    happened="{carrier} accepted this order, but doesn't know it anymore.",
    todo="Ask {carrier} what happened to it. Until then the order waits, and its lines stay locked.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=4,
    choices=(
        ASK_AGAIN,
        TaskChoice(
            code=Action.PLACE_AGAIN,
            label="Place again",
            help="Looks for the order at the carrier once more. If it isn't there, sends it again under a new "
            "reference. The approval stays as it is.",
            asks="What did the carrier say?",
            sends=Action.PLACE_AGAIN,
        ),
        CANCEL_ORDER,
    ),
    while_status=frozenset(
        {
            Status.IN_FULFILLMENT,
            Status.VENDOR_INFO_REQUIRED,
            Status.BACKORDERED,
            Status.SHIPPED,
            Status.AWAITING_ACTIVATION,
        }
    ),
)
SILENT_CARRIER = TaskKind(
    code="silent_carrier",
    title="No date from the carrier",
    happened="{carrier} has had this order longer than usual, and hasn't given a date.",
    todo="Ask {carrier} when it will be done.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=8,
    choices=(
        ASK_AGAIN,
        TaskChoice(
            code="wait",
            label="Keep waiting",
            help="The carrier is working on it. Without a date, this task opens again after a day.",
            asks="What did the carrier say?",
        ),
        CANCEL_ORDER,
    ),
    while_status=frozenset({Status.IN_FULFILLMENT}),
)
