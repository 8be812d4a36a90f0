"""Orders that can't be sent to the carrier."""

from models.facts import Role
from models.lifecycle import Action, Status
from models.task import TaskChoice, TaskKind
from models.task_choices import CANCEL_ORDER

NO_LONGER_ALLOWED = TaskKind(
    code="no_longer_allowed",
    title="Order no longer allowed",
    happened="Something has changed since the order was submitted, so it's on hold: {reason}",
    todo="Have it corrected, then check again. If it can't be corrected, cancel the order. "
    "Until then nothing is ordered, and the lines stay locked.",
    role=Role.DESK,
    due_hours=4,
    choices=(
        TaskChoice(
            code="retry",
            label="Check again",
            help="Checks the order against the rules of today. It continues if they allow it.",
            asks="What was corrected?",
            required=False,
            sends=Action.RETRY,
        ),
        CANCEL_ORDER,
    ),
    while_status=frozenset({Status.ON_HOLD}),
    holds_order=True,
)
