"""Approvals that no one can decide."""

from models.facts import Role
from models.lifecycle import Status
from models.task import TaskChoice, TaskKind

APPROVER_MISSING = TaskKind(
    code="approver_missing",
    title="No one can approve",
    happened="{reason} No one else can approve it.",
    todo="Add a manager or an admin who can, and reassign the request. Otherwise the order expires.",
    role=Role.ADMIN,
    due_hours=4,
    choices=(
        TaskChoice(
            code="reassigned",
            label="Mark as done",
            help="Someone else has been asked, or the order isn't needed.",
            asks="Who approves it now?",
        ),
    ),
    while_status=frozenset({Status.AWAITING_APPROVAL}),
)
