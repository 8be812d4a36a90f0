"""Orders at a carrier that no longer answers about them."""

from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Status
from models.task import CANCEL_ORDER, TaskChoice, TaskKind

LOST_ORDER = TaskKind(
    code="lost_order",
    title="Carrier lost the order",
    happened="{carrier} accepted this order, but doesn't know it any more.",
    todo="Ask {carrier} what happened to it. Until then the order waits, and its lines stay locked.",
    evidence=MappingProxyType({"carrier_ref": "Carrier's order", "references": "Our reference at the carrier"}),
    role=Role.DESK,
    due_hours=4,
    choices=(
        TaskChoice(
            code="ask_again",
            label="Ask again",
            help="Dialtone asks the carrier every few minutes. If the order is still missing, this task opens again.",
            asks="What did the carrier say?",
            required=False,
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
    evidence=MappingProxyType({"carrier_ref": "Carrier's order", "references": "Our reference at the carrier"}),
    role=Role.DESK,
    due_hours=8,
    choices=(
        TaskChoice(
            code="ask_again",
            label="Ask again",
            help="Dialtone asks the carrier every few minutes. Without news, this task opens again after a day.",
            asks="What did the carrier say?",
            required=False,
        ),
        CANCEL_ORDER,
    ),
    while_status=frozenset({Status.IN_FULFILLMENT}),
)
