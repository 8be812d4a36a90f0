"""Features that are still on after their last day."""

from types import MappingProxyType

from models.facts import Role
from models.task import TaskKind
from models.task_choices import ask_again, done_outside

FEATURE_END_OVERDUE = TaskKind(
    code="feature_end_overdue",
    title="Features still on",
    happened="Features of the line of item {item} should have ended. {detail}",
    todo="Ask {carrier} again, or have the features removed there and mark them as removed. Until then, they can cost "
    "money.",
    evidence=MappingProxyType({"error": "Technical details"}),
    role=Role.DESK,
    due_hours=4,
    choices=(ask_again("to remove them"), done_outside("Mark as removed", "removed the features")),
    of_timer=True,
)
