"""The health of the workflow of an open order, and how an operator can recover it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

# The `seq` of the event that submitting writes; the workflow writes all later ones.
_SUBMIT_SEQ = 1


class WorkflowHealth(StrEnum):
    """The state of the workflow of an order that has not ended."""

    HEALTHY = "healthy"
    MISSING = "missing"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    COMPLETED = "completed"


class RecoveryAction(StrEnum):
    """What an operator can do about a workflow, a message, an email or a suspended line."""

    RESUME = "resume"
    START_AGAIN = "start_again"
    CLOSE_BOOKS = "close_books"
    REDELIVER_MESSAGE = "redeliver_message"
    REDELIVER_MAIL = "redeliver_mail"
    ASK_CARRIER = "ask_carrier"
    LINE_RESUMED = "line_resumed"


_ACTIONS: Mapping[WorkflowHealth, tuple[RecoveryAction, ...]] = MappingProxyType(
    {
        WorkflowHealth.HEALTHY: (),
        WorkflowHealth.MISSING: (RecoveryAction.CLOSE_BOOKS,),
        WorkflowHealth.TERMINATED: (RecoveryAction.RESUME, RecoveryAction.CLOSE_BOOKS),
        WorkflowHealth.FAILED: (RecoveryAction.RESUME, RecoveryAction.CLOSE_BOOKS),
        WorkflowHealth.TIMED_OUT: (RecoveryAction.RESUME, RecoveryAction.CLOSE_BOOKS),
        # The workflow has nothing left to do; only the order's rows are behind.
        WorkflowHealth.CANCELED: (RecoveryAction.CLOSE_BOOKS,),
        WorkflowHealth.COMPLETED: (RecoveryAction.CLOSE_BOOKS,),
    }
)


def recovery_actions(health: WorkflowHealth, seq: int) -> tuple[RecoveryAction, ...]:
    """The recovery actions for an order whose last event is `seq`, best first.

    A missing workflow can be restarted only if it has written nothing: a new one would number its events from the
    start, and those already in the history would count as duplicates.
    """
    if health is WorkflowHealth.MISSING and seq <= _SUBMIT_SEQ:
        return RecoveryAction.START_AGAIN, *_ACTIONS[health]
    return _ACTIONS[health]
