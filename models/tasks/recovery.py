"""What is left to check after a restore."""

from types import MappingProxyType

from models.facts import Role
from models.task import TaskChoice, TaskKind
from models.task_choices import WHAT_WAS_DONE

_CHOICES = (
    TaskChoice(
        code="in_order",
        label="Nothing to correct",
        help="Dialtone and the carrier agree.",
        asks="How did you check it?",
    ),
    TaskChoice(
        code="corrected",
        label="Corrected",
        help="What was missing or done twice is put right.",
        asks=WHAT_WAS_DONE,
    ),
)
NUMBERS_TAKEN = TaskKind(
    code="numbers_taken",
    title="Order continued from an earlier state",
    happened="Temporal was set back to an earlier state of this order. What the history says from event {taken} to "
    "event {last} is no longer known to it; the order continued without it.",
    variants=MappingProxyType(
        {
            "timer": "Temporal was set back to an earlier state of the timer of item {item}'s line. What the history "
            "says from event {taken} to event {last} is no longer known to it; the timer continued without it."
        }
    ),
    todo="Compare the order with its history, and with what {carrier} has. Put right what is missing or was done "
    "twice.",
    role=Role.DESK,
    due_hours=8,
    choices=_CHOICES,
)
TIMER_RESTORED = TaskKind(
    code="timer_restored",
    title="Timer continued from an earlier state",
    happened="The database was set back to an earlier state of this order. The timer of item {item}'s line had ended "
    "already ({outcome}); it continues from where the history ends.",
    todo="Ask {carrier} whether the line is suspended, in service or disconnected, and put right what Dialtone has.",
    role=Role.DESK,
    due_hours=8,
    choices=_CHOICES,
)
