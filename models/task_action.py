"""What Dialtone itself does about a task: frozen values that Temporal serializes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.order import Actor, OrderRef
from models.workflow_ref import WorkflowKind, WorkflowRef

TASK_ACTION = "TASK_ACTION"
# The type of an activity's failure that says in a sentence why something can't be done.
NOT_POSSIBLE = "NOT_POSSIBLE"
# The time after which nothing is tried anymore: then the task can be settled again.
ABANDONED_AFTER = timedelta(hours=2)


class TaskAction(StrEnum):
    """ACCEPT: change the inventory as ordered, with what the carrier reported. END: cancel the carrier's order.

    CORRECT: change identifiers in the inventory to what the carrier has reported since. ASK_AGAIN: ask the carrier how
    far its order is.
    """

    ACCEPT = "accept"
    END = "end"
    CORRECT = "correct_inventory"
    ASK_AGAIN = "ask_again"


@dataclass(frozen=True, kw_only=True)
class TaskActionInput:
    """What a person has chosen at `at` on the task `task_id` of this kind, about what was sent in this round.

    `item_id` is the item that the task is about; None if it is about all of them.
    """

    ref: OrderRef
    number: str
    task_id: str
    kind: str
    action: TaskAction
    round: int
    carrier: str
    actor: Actor
    at: datetime
    item_id: str | None = None
    text: str = ""

    @property
    def workflow_id(self) -> str:
        """One at a time acts on a task."""
        return WorkflowRef(kind=WorkflowKind.TASK, tenant=self.ref.tenant, id=self.task_id).workflow_id
