"""What carriers report or answer that leaves something to do."""

from dataclasses import replace
from types import MappingProxyType

from models.facts import Role
from models.order import CancelResult
from models.task import TaskKind
from models.task_choices import ORDERED, answered, corrected, ended, not_needed

UNEXPECTED_UPDATE = TaskKind(
    code="unexpected_update",
    title="Carrier contradicts the order",
    happened="{carrier} reports item {item} as “{reported}”, but in this order it's “{recorded}”.",
    variants=MappingProxyType(
        {
            "earlier": "{carrier} reports item {item} of an earlier part of this order as “{reported}”. "
            "The order continues."
        }
    ),
    todo="Ask {carrier} whether the service is active and billed. Have it corrected there, or order what's missing.",
    evidence=MappingProxyType(
        {
            "carrier_ref": "Carrier's order",
            "references": "Our reference at the carrier",
            "detail": "Carrier's message",
        }
    ),
    role=Role.DESK,
    due_hours=8,
    choices=(corrected("The carrier now has what this order says."), ORDERED),
)
UNREADABLE_VALUE = TaskKind(
    code="unreadable_value",
    title="Carrier's value can't be read",
    happened="{carrier} reports a {value} of item {item} that can't be read. Everything else it reports counts.",
    todo="Ask {carrier} for the right one. The order gets it as soon as {carrier} reports it. If the item is "
    "completed by then, you decide.",
    evidence=MappingProxyType(
        {"reported_as": "What the carrier reports", "references": "Our reference at the carrier"}
    ),
    role=Role.DESK,
    due_hours=8,
    choices=(
        corrected("The carrier has reported the right one.", label="Corrected by the carrier"),
        not_needed("The order is complete without it."),
    ),
)
PRODUCT_UNKNOWN = TaskKind(
    code="product_unknown",
    title="Carrier doesn't know the line",
    happened="{carrier} refused item {item}, because it doesn't know the line by the ID that we have for it.",
    todo="Ask {carrier} for its ID of the line. Import it as carrier_product_id with a file of lines, and order again.",
    evidence=MappingProxyType({"detail": "Carrier's message", "references": "Our reference at the carrier"}),
    role=Role.DESK,
    due_hours=8,
    choices=(corrected("The inventory now has the carrier's ID of the line."), ORDERED),
)
EARLIER_QUESTION = TaskKind(
    code="earlier_question",
    title="Carrier asks about an earlier part",
    happened="{carrier} needs information about item {item} for an earlier part of this order. The order continues.",
    todo="Give {carrier} the information directly. The order page no longer asks for it.",
    evidence=MappingProxyType(
        {
            "asked": "Information needed",
            "detail": "Carrier's message",
            "references": "Our reference at the carrier",
        }
    ),
    role=Role.DESK,
    due_hours=8,
    choices=(answered(), not_needed("The earlier part continues without an answer.")),
)
SECOND_ORDER = TaskKind(
    code="second_order",
    title="Second order at the carrier",
    happened="{carrier} has a second order for this one. Dialtone asks {carrier} to cancel it: the order history has "
    "the answer.",
    variants=MappingProxyType(
        {
            "replaced": "{carrier} has the order again that it had lost and that was placed again. Dialtone asks "
            "{carrier} to cancel the old one: the order history has the answer.",
            "returned": "{carrier} has this order again: it had lost it when the order was canceled. Dialtone asks "
            "{carrier} to cancel it: the order history has the answer.",
        }
    ),
    todo="Make sure that {carrier} does nothing about the second order and bills nothing from it.",
    evidence=MappingProxyType(
        {
            "second_ref": "Second order",
            "carrier_ref": "Carrier's order that counts",
            "references": "Our reference at the carrier",
        }
    ),
    role=Role.DESK,
    due_hours=4,
    choices=(
        ended("The carrier provides and bills nothing from the second order.", label="Canceled at the carrier"),
        replace(ORDERED, label="Kept as a new order"),
    ),
)
SERVICE_TO_END = TaskKind(
    code="service_to_end",
    title="Service to end at the carrier",
    happened="This order was stopped, but {carrier} declined to cancel it.",
    variants=MappingProxyType(
        {
            CancelResult.IN_PART: "This order was stopped. {carrier} canceled the latest part of it, "
            "but not an earlier one.",
            CancelResult.ASSESSING: "This order was stopped. {carrier} hasn't decided yet whether to cancel it.",
            "others_open": "Item {item} was returned. {carrier} has the rest of the order, so it can't be canceled.",
            **dict.fromkeys(
                (f"returned_{answer}" for answer in CancelResult),
                "Item {item} was returned, and {carrier} hasn't canceled its order.",
            ),
            "returned_completed": "Item {item} was returned, and {carrier} has completed its order since.",
        }
    ),
    todo="Ask {carrier} what's active, billed or on its way. Have the service ended there, and return what arrives.",
    evidence=MappingProxyType({"references": "Our reference at the carrier"}),
    role=Role.DESK,
    due_hours=8,
    choices=(
        ended("The carrier no longer provides or bills anything from this order."),
        not_needed("The carrier has canceled it after all.", label="Nothing to end"),
    ),
)
