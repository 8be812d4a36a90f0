"""What carriers report that contradicts an order."""

from types import MappingProxyType

from models.facts import Role
from models.task import TaskChoice, TaskKind

UNEXPECTED_UPDATE = TaskKind(
    code="unexpected_update",
    title="Carrier contradicts the order",
    happened="{carrier} reports item {item} as “{reported}”, but in this order it's “{recorded}”.",
    todo="Ask {carrier} whether the service is active and billed. Have it corrected there, or order what's missing.",
    evidence=MappingProxyType({"carrier_ref": "Carrier's order", "detail": "Carrier's message"}),
    role=Role.DESK,
    due_hours=8,
    choices=(
        TaskChoice(
            code="corrected",
            label="Corrected at the carrier",
            help="The carrier now has what this order says.",
            asks="Who confirmed it? Add the carrier's case number.",
        ),
        TaskChoice(
            code="ordered",
            label="Settled with a new order",
            help="Place the order first, so that the inventory follows.",
            asks="Number of the new order",
        ),
    ),
)
