"""What carriers report about items that have ended."""

from types import MappingProxyType

from models.facts import Role
from models.task import TaskChoice, TaskKind
from models.task_action import TaskAction
from models.task_choices import ORDERED, answered, corrected, not_needed

REFUSED_DELIVERY = TaskKind(
    code="refused_delivery",
    title="Carrier continues what it had refused",
    happened="{carrier} reports item {item} as “{reported}”, but in this order it's “{recorded}”. It may be billed.",
    todo="Decide whether to keep it. Until then nobody sees it in the inventory.",
    evidence=MappingProxyType(
        {
            "delivered": "What the carrier reports",
            "carrier_ref": "Carrier's order",
            "references": "Our reference at the carrier",
            "detail": "Carrier's message",
        }
    ),
    role=Role.DESK,
    due_hours=4,
    choices=(
        TaskChoice(
            code=TaskAction.ACCEPT,
            label="Accept into the inventory",
            help="Changes the inventory as ordered, with what the carrier reported. The order's account is billed.",
            asks="Why is it kept?",
            runs=TaskAction.ACCEPT,
        ),
        TaskChoice(
            code=TaskAction.END,
            label="Have it ended at the carrier",
            help="Asks the carrier to cancel its order. If it declines, this task says so and stays open.",
            asks="Reason for the carrier",
            runs=TaskAction.END,
            destructive=True,
        ),
        corrected("The carrier no longer provides or bills it.", label="Ended outside Dialtone"),
    ),
)
LATE_CORRECTION = TaskKind(
    code="late_correction",
    title="Carrier corrects a completed item",
    happened="{carrier} now says something else about item {item}, which is completed: its {what}.",
    todo="Ask {carrier} which is right. Until you decide, the order and the inventory keep what was reported before.",
    evidence=MappingProxyType(
        {
            "before": "The inventory has",
            "after": "The carrier now reports",
            "carrier_ref": "Carrier's order",
            "references": "Our reference at the carrier",
            "detail": "Carrier's message",
        }
    ),
    role=Role.DESK,
    due_hours=8,
    choices=(
        TaskChoice(
            code=TaskAction.CORRECT,
            label="Take over the correction",
            help="The order and the inventory get what the carrier now reports.",
            asks="Who confirmed it? Add the carrier's case number.",
            runs=TaskAction.CORRECT,
        ),
        TaskChoice(
            code="kept",
            label="Keep what the inventory has",
            help="Nothing changes. The same report of the carrier opens no other task.",
            asks="Why is it right? Add the carrier's case number.",
        ),
        ORDERED,
    ),
)
LATE_QUESTION = TaskKind(
    code="late_question",
    title="Carrier asks about an item that has ended",
    happened="{carrier} needs information about item {item}, but in this order it's “{recorded}”.",
    todo="Tell {carrier} that nothing is needed, or answer there. The order page doesn't ask for it.",
    evidence=MappingProxyType(
        {
            "asked": "Information needed",
            "detail": "Carrier's message",
            "carrier_ref": "Carrier's order",
            "references": "Our reference at the carrier",
        }
    ),
    role=Role.DESK,
    due_hours=8,
    choices=(
        answered("The carrier now has what it needs, or has closed its order."),
        not_needed("The carrier's question has no effect."),
    ),
)
