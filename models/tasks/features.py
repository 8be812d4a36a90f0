"""Features that are still on after their last day."""

from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Action
from models.task import TaskChoice, TaskKind
from models.task_choices import WHAT_WAS_DONE

FEATURE_END_OVERDUE = TaskKind(
    code="feature_end_overdue",
    title="Features still on",
    happened="Features of the line of item {item} should have ended. {detail}",
    todo="Ask {carrier} again, or have the features removed there and mark them as removed. Until then, they can cost "
    "money.",
    evidence=MappingProxyType({"error": "Technical details"}),
    role=Role.DESK,
    due_hours=4,
    choices=(
        TaskChoice(
            code=Action.RETRY,
            label="Ask the carrier again",
            help="Asks the carrier to remove them, with a new reference if the last request was declined or lost.",
            asks="What was fixed?",
            required=False,
            sends=Action.RETRY,
        ),
        TaskChoice(
            code=Action.COMPLETE_MANUALLY,
            label="Mark as removed",
            help="Use this if the carrier removed the features outside Dialtone. The inventory is updated.",
            asks=WHAT_WAS_DONE,
            sends=Action.COMPLETE_MANUALLY,
        ),
    ),
    of_timer=True,
)
