from models.facts import Role
from models.task import TaskChoice, TaskKind

CHECK_LOCK = TaskKind(
    code="check_lock",
    title="Lock to check",
    happened="{carrier} has locked the number.",
    todo="Try to move the number away, and see that {carrier} refuses.",
    role=Role.DESK,
    due_hours=40,
    choices=(TaskChoice(code="checked", label="Checked", help="The lock holds.", asks="How did you check it?"),),
)
