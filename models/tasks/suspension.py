"""Lines that are still suspended after the day on which they should be back in service, or for a long time."""

from types import MappingProxyType

from models.facts import Role
from models.lifecycle import Action
from models.task import TaskChoice, TaskKind
from models.task_choices import ask_again, done_outside

RESUME_OVERDUE = TaskKind(
    code="resume_overdue",
    title="Line still suspended",
    happened="The line of item {item} should be back in service. {detail}",
    todo="Ask {carrier} again, or have the line resumed there and mark it as resumed. It stays suspended until "
    "{carrier} resumes it or its limit is reached.",
    evidence=MappingProxyType({"error": "Technical details"}),
    role=Role.DESK,
    due_hours=4,
    choices=(ask_again("to resume the line"), done_outside("Mark as resumed", "resumed the line")),
    of_timer=True,
)
SUSPENSION_LIMIT = TaskKind(
    code="suspension_limit",
    title="Suspended line to check",
    happened="{detail} It's about the line of item {item}.",
    todo="Ask {carrier} whether the line is in service. If it is, mark it as resumed. If it isn't needed anymore, or "
    "{carrier} has disconnected it, order that it's disconnected.",
    evidence=MappingProxyType({"error": "Technical details"}),
    role=Role.DESK,
    due_hours=16,
    choices=(
        TaskChoice(
            code=Action.COMPLETE_MANUALLY,
            label="Mark as resumed",
            help="Use this if the line is in service. The inventory is updated.",
            asks="Who confirmed it? Add the carrier's case number.",
            sends=Action.COMPLETE_MANUALLY,
        ),
        TaskChoice(
            code=Action.RETRY,
            label="Have it resumed",
            help="Asks the carrier to resume the line.",
            asks="Why now?",
            required=False,
            sends=Action.RETRY,
        ),
    ),
    of_timer=True,
)
