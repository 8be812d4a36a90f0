"""Phone numbers that may be lost, and addresses that a carrier has got for a number that it didn't give."""

from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Status
from models.task import TaskChoice, TaskKind
from models.task_choices import ORDERED, corrected, not_needed

NUMBER_TO_RECOVER = TaskKind(
    code="number_to_recover",
    title="Ask for the old number",
    happened="The order failed while {carrier} was changing the number {number}, and may have given it up. {kept}",
    todo="Ask {carrier} which number the line has now. If it no longer has the old one, ask for that in time.",
    evidence=MappingProxyType({"number": "Old number"}),
    role=Role.DESK,
    due_hours=8,
    while_status=frozenset(Status) - {Status.COMPLETED},
    choices=(
        TaskChoice(
            code="recovered",
            label="Old number is back",
            help="The line has its old number at the carrier. Cancel the order, if it's still open.",
            asks="Who confirmed it? Add the carrier's case number.",
        ),
        not_needed("The line gets its new number after all, or never lost the old one."),
    ),
)
ADDRESS_TO_RESTORE = TaskKind(
    code="address_to_restore",
    title="Address at the carrier",
    happened="{carrier} got the new service address of the line, for a number in that area, and then the order ended "
    "without a new number. The inventory has the earlier address.",
    todo="Have {carrier} put the earlier address back. Taxes and 911 depend on it. If the new address is right, order "
    "an address update so the inventory matches.",
    role=Role.DESK,
    due_hours=8,
    choices=(
        corrected("The carrier has the earlier address again.", "Earlier address is back"),
        ORDERED,
        not_needed("The carrier never had the new address."),
    ),
)
