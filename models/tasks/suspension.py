"""Lines that are still suspended after the day on which they should be back in service."""

from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Action
from models.task import TaskChoice, TaskKind
from models.task_choices import WHAT_WAS_DONE

RESUME_OVERDUE = TaskKind(
    code="resume_overdue",
    title="Line still suspended",
    happened="The line of item {item} should be back in service. {detail}",
    todo="Ask {carrier} again, or have the line resumed there and mark it as resumed. It stays suspended until "
    "{carrier} resumes it or its limit is reached.",
    evidence=MappingProxyType({"error": "Technical details"}),
    role=Role.DESK,
    due_hours=4,
    choices=(
        TaskChoice(
            code=Action.RETRY,
            label="Ask the carrier again",
            help="Asks the carrier to resume the line, with a new reference if the last request was declined or lost.",
            asks="What was fixed?",
            required=False,
            sends=Action.RETRY,
        ),
        TaskChoice(
            code=Action.COMPLETE_MANUALLY,
            label="Mark as resumed",
            help="Use this if the carrier resumed the line outside Dialtone. The inventory is updated.",
            asks=WHAT_WAS_DONE,
            sends=Action.COMPLETE_MANUALLY,
        ),
    ),
    of_timer=True,
)
