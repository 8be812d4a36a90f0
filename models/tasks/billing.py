"""Bills that a person has to look at."""

from types import MappingProxyType

from models.facts import Role
from models.task import TaskChoice, TaskKind
from models.task_choices import WHAT_WAS_DONE

BILL_CHECK = TaskKind(
    code="bill_check",
    title="Check the bill",
    happened="{line} was disconnected on {disconnected}. No bill may charge it for the days after.",
    todo="Look for the line on {carrier}'s latest bill. If it's still charged, ask {carrier} for a credit.",
    evidence=MappingProxyType({"line": "Line", "disconnected": "Disconnected"}),
    role=Role.ADMIN,
    due_hours=40,
    choices=(
        TaskChoice(
            code="not_charged",
            label="Not charged",
            help="The bill has no charges for the line after it was disconnected.",
            asks="Which bill did you check?",
        ),
        TaskChoice(
            code="corrected",
            label="Charged and corrected",
            help="The carrier charged the line, and credits the charges.",
            asks=WHAT_WAS_DONE,
        ),
    ),
)
