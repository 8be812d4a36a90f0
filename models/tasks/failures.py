"""Steps that failed for good."""

from types import MappingProxyType

from models.facts import Role
from models.identifiers import Remedy
from models.lifecycle import Action, Status
from models.order_messages import COMPLETE_ANYWAY
from models.task import TaskChoice, TaskKind
from models.task_choices import CANCEL_ORDER, WHAT_WAS_DONE, not_needed

_EVIDENCE = MappingProxyType({"error": "Technical details"})

FAILED_STEP = TaskKind(
    code="failed_step",
    title="Failed step",
    happened="{problem}",
    variants=MappingProxyType(
        {
            "identifier": "{problem} {sentence}",
            "withdrawn": "{carrier} reported item {item} as completed, and then as “{reported}”. The inventory doesn't "
            "have it yet.",
        }
    ),
    todo="Fix the cause, then retry the step. Until then the order waits, and its lines stay locked.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=4,
    choices=(
        TaskChoice(
            code=Remedy.CORRECT,
            label="Enter the right value",
            help="Stores the value as if the carrier had reported it, and runs the step again.",
            asks="The right value",
            sends=Action.RETRY,
        ),
        TaskChoice(
            code=Remedy.TAKE_OVER,
            label="Take it over",
            help="{gives_up} It's recorded in this order and in the last order of the other line.",
            asks="How do you know that it belongs to this order?",
            sends=Action.RETRY,
            destructive=True,
        ),
        TaskChoice(
            code=Remedy.COMPLETE_WITHOUT,
            label="Complete without it",
            help="The item is completed without this value, and nothing else changes.",
            asks="Why isn't it needed?",
            sends=Action.RETRY,
        ),
        TaskChoice(
            code=COMPLETE_ANYWAY,
            label="Complete it anyway",
            help="The carrier provides what was ordered: the inventory is changed as ordered.",
            asks="Who confirmed it? Add the carrier's case number.",
            sends=Action.RETRY,
        ),
        TaskChoice(
            code="retry",
            label="Retry",
            help="Runs the failed step again with the same reference, so the carrier never gets the order twice.",
            asks="What did you fix?",
            required=False,
            sends=Action.RETRY,
        ),
        TaskChoice(
            code="complete_manually",
            label="Mark as completed manually",
            help="Use this if the step was done outside Dialtone. The order continues as if it had succeeded.",
            asks=WHAT_WAS_DONE,
            sends=Action.COMPLETE_MANUALLY,
        ),
        CANCEL_ORDER,
    ),
    while_status=frozenset({Status.FAILED}),
    holds_order=True,
)
SKIPPED_STEP = TaskKind(
    code="skipped_step",
    title="Step to do outside Dialtone",
    happened="{problem} The order continued without this step, so it still has to be done.",
    todo="Do the step yourself. Then enter what you did.",
    evidence=_EVIDENCE,
    role=Role.DESK,
    due_hours=8,
    choices=(
        TaskChoice(code="done", label="Mark as done", help="You did the step outside Dialtone.", asks=WHAT_WAS_DONE),
        not_needed("The step doesn't have to be done anymore."),
    ),
)
