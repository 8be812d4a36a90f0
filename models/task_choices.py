"""Ways to settle a task that several kinds of tasks have."""

from models.lifecycle import Action
from models.task import TaskChoice
from models.task_action import TaskAction

_CONFIRMED = "Who confirmed it? Add the carrier's case number."
WHAT_WAS_DONE = "What did you do? Add a ticket number or link."

CANCEL_ORDER = TaskChoice(
    code="cancel",
    label="Cancel order",
    help="Ends the order and undoes what it did. Everyone on the order sees the reason.",
    asks="Reason",
    sends=Action.CANCEL,
    destructive=True,
)
ASK_AGAIN = TaskChoice(
    code=TaskAction.ASK_AGAIN,
    label="Ask the carrier now",
    help="Dialtone asks the carrier about this order. The task closes if the answer settles it; if not, it says why.",
    asks="Why now?",
    required=False,
    runs=TaskAction.ASK_AGAIN,
)
KEEP_WAITING = TaskChoice(
    code=Action.KEEP_WAITING,
    label="Keep waiting",
    help="The order keeps waiting, and everything about it starts over: the reminders and, if needed, this task.",
    asks="What did you find out?",
    sends=Action.KEEP_WAITING,
)
ORDERED = TaskChoice(
    code="ordered",
    label="Settled with a new order",
    help="Place the order first, so that the inventory follows.",
    asks="Number of the new order",
)


def ask_again(what: str) -> TaskChoice:
    """For a task of a timer. `what` the carrier is asked for, as in `to resume the line`."""
    return TaskChoice(
        code=Action.RETRY,
        label="Ask the carrier again",
        help=f"Asks the carrier {what}, with a new reference if the last request was declined or lost.",
        asks="What was fixed?",
        required=False,
        sends=Action.RETRY,
    )


def done_outside(label: str, what: str) -> TaskChoice:
    """For a task of a timer. `what` the carrier did, as in `resumed the line`."""
    return TaskChoice(
        code=Action.COMPLETE_MANUALLY,
        label=label,
        help=f"Use this if the carrier {what} outside Dialtone. The inventory is updated.",
        asks=WHAT_WAS_DONE,
        sends=Action.COMPLETE_MANUALLY,
    )


def corrected(what: str, label: str = "Corrected at the carrier") -> TaskChoice:
    """`what`: the result, as a sentence."""
    return TaskChoice(code="corrected", label=label, help=what, asks=_CONFIRMED)


def ended(what: str, label: str = "Ended at the carrier") -> TaskChoice:
    return TaskChoice(code="ended", label=label, help=what, asks=_CONFIRMED)


def answered(what: str = "The carrier now has what it needs.") -> TaskChoice:
    asks = "Who took the answer? Add the carrier's case number."
    return TaskChoice(code="answered", label="Answered at the carrier", help=what, asks=asks)


def not_needed(why: str, label: str = "Not needed") -> TaskChoice:
    return TaskChoice(code="not_needed", label=label, help=why, asks="Why?")
