"""What can be wrong with the workflow behind an open order, and what may be done about it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

# The entry an order is placed with; whatever comes after it was written by a workflow.
RECEIPT = 1


class WorkflowHealth(StrEnum):
    """How the workflow of an open order stands: well, or gone in one of these ways."""

    HEALTHY = "healthy"
    MISSING = "missing"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    COMPLETED = "completed"


class RecoveryAction(StrEnum):
    """What an operator does beside the actions of orders: about a workflow, a message, a mail or a suspended line."""

    RESUME = "resume"
    START_AGAIN = "start_again"
    CLOSE_BOOKS = "close_books"
    REDELIVER_MESSAGE = "redeliver_message"
    REDELIVER_MAIL = "redeliver_mail"
    ASK_CARRIER = "ask_carrier"
    LINE_RESUMED = "line_resumed"


_FOR: Mapping[WorkflowHealth, tuple[RecoveryAction, ...]] = MappingProxyType(
    {
        WorkflowHealth.HEALTHY: (),
        WorkflowHealth.MISSING: (RecoveryAction.CLOSE_BOOKS,),
        WorkflowHealth.TERMINATED: (RecoveryAction.RESUME, RecoveryAction.CLOSE_BOOKS),
        WorkflowHealth.FAILED: (RecoveryAction.RESUME, RecoveryAction.CLOSE_BOOKS),
        WorkflowHealth.TIMED_OUT: (RecoveryAction.RESUME, RecoveryAction.CLOSE_BOOKS),
        # One that was canceled or came to its end has nothing left to do; only the books are behind.
        WorkflowHealth.CANCELED: (RecoveryAction.CLOSE_BOOKS,),
        WorkflowHealth.COMPLETED: (RecoveryAction.CLOSE_BOOKS,),
    }
)


def recovery_actions(finding: WorkflowHealth, seq: int) -> tuple[RecoveryAction, ...]:
    """What may be done, the best first, about an order that stands at entry `seq`.

    A missing workflow is started again only where none has written anything: another one would number its entries
    anew, and those that history holds already would be taken for repetitions.
    """
    if finding is WorkflowHealth.MISSING and seq <= RECEIPT:
        return RecoveryAction.START_AGAIN, *_FOR[finding]
    return _FOR[finding]
