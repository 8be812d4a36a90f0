"""Orders that have waited too long: for their carrier, for people or for another order."""

from dataclasses import replace
from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Action, Status
from models.task import TaskChoice, TaskKind
from models.task_choices import ASK_AGAIN, CANCEL_ORDER, KEEP_WAITING, WHAT_WAS_DONE

_AT_CARRIER = frozenset(
    {
        Status.IN_FULFILLMENT,
        Status.VENDOR_INFO_REQUIRED,
        Status.BACKORDERED,
        Status.SHIPPED,
        Status.AWAITING_ACTIVATION,
        Status.FAILED,
    }
)
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
    while_status=_AT_CARRIER - {Status.FAILED},
)
SILENT_CARRIER = TaskKind(
    code="silent_carrier",
    title="No date from the carrier",
    happened="{carrier} has had this order longer than usual, and hasn't given a date that is still to come.",
    todo="Ask {carrier} when it will be done.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=8,
    choices=(
        ASK_AGAIN,
        replace(
            KEEP_WAITING,
            help="The carrier is working on it. If it doesn't give a date, this task opens again.",
            asks="What did the carrier say?",
        ),
        CANCEL_ORDER,
    ),
    while_status=_AT_CARRIER,
)
BACKORDER_UNDECIDED = TaskKind(
    code="backorder_undecided",
    title="Backorder without a decision",
    happened="The order has been backordered for weeks, and the requester hasn't said whether to keep waiting.",
    todo="Ask {carrier} for a date, and the requester whether they still need it.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=16,
    choices=(replace(KEEP_WAITING, asks="Who wants to keep waiting, and until when?"), CANCEL_ORDER),
    while_status=_AT_CARRIER,
)
QUESTION_UNANSWERED = TaskKind(
    code="question_unanswered",
    title="Carrier's question unanswered",
    happened="No one has answered what {carrier} asked about this order, and it couldn't be canceled there.",
    todo="Get the answer from the requester and enter it on the order's page, or ask {carrier} to end the order.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=8,
    choices=(replace(KEEP_WAITING, asks="Who answers, and by when?"), CANCEL_ORDER),
    while_status=_AT_CARRIER,
)
ARRIVAL_UNKNOWN = TaskKind(
    code="arrival_unknown",
    title="Arrival unknown",
    happened="Item {item} should have arrived. No one has said whether it did, although we asked.",
    todo="Track the parcel, and ask the recipient whether it's there. If not, say so on the order's page.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=8,
    choices=(
        TaskChoice(
            code=Action.CONFIRM_RECEIPT,
            label="It arrived",
            help="The order continues as if the carrier had reported the delivery.",
            asks="Who says so?",
            sends=Action.CONFIRM_RECEIPT,
        ),
        replace(KEEP_WAITING, asks="Where is the parcel, and when will it arrive?"),
    ),
    leads_to=(Action.REPORT_NOT_RECEIVED,),
    while_status=_AT_CARRIER,
)
CANCELLATION_UNANSWERED = TaskKind(
    code="cancellation_unanswered",
    title="Cancellation unanswered",
    happened="{carrier} was asked to cancel this order, and hasn't decided.",
    todo="Ask {carrier} to decide. If it continues with the order, so does Dialtone, as soon as {carrier} reports it.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=8,
    choices=(
        replace(
            KEEP_WAITING,
            label="Ask again and keep waiting",
            help="Dialtone asks the carrier to cancel again. If it doesn't decide, this task opens again.",
            asks="What did the carrier say?",
        ),
        TaskChoice(
            code=Action.COMPLETE_MANUALLY,
            label="Canceled at the carrier",
            help="The order ends as canceled, without another answer of the carrier.",
            asks=WHAT_WAS_DONE,
            sends=Action.COMPLETE_MANUALLY,
            destructive=True,
        ),
    ),
    while_status=frozenset({Status.CANCEL_REQUESTED}),
)
STILL_HELD = TaskKind(
    code="still_held",
    title="On hold for another change",
    happened="This order waits for {holder}, which uses the same line and hasn't finished.",
    todo="See what holds it up, or cancel this order.",
    role=Role.DESK,
    due_hours=8,
    choices=(replace(KEEP_WAITING, asks="When will it finish?"), CANCEL_ORDER),
    while_status=frozenset({Status.ON_HOLD}),
)
STILL_RETURNING = TaskKind(
    code="still_returning",
    title="Return takes too long",
    happened="Order {by} returns item {item}, or looks for it, and hasn't finished. This order waits for it.",
    todo="Open the other order, and see what holds it up. Once it finishes, this one continues or ends by itself.",
    role=Role.DESK,
    due_hours=16,
    choices=(
        replace(
            KEEP_WAITING,
            help="This order keeps waiting. If the other order still hasn't finished then, you get this task again.",
            asks="When will the other order finish?",
        ),
    ),
    while_status=_AT_CARRIER,
)
