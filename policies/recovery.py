"""What can be wrong with the workflow of an open order, and what an operator can do about the order."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from models.workflow_health import WorkflowHealth
from policies.access import Right

# The `seq` of the event that submitting writes; the workflow writes all later ones.
_SUBMIT_SEQ = 1


class RecoveryAction(StrEnum):
    """What an operator does outside an order's workflow."""

    RESUME_WORKFLOW = "resume_workflow"
    RESTART_WORKFLOW = "restart_workflow"
    FORCE_CLOSE = "force_close"
    REDELIVER_MESSAGE = "redeliver_message"
    RESEND_EMAIL = "resend_email"
    RETRY_LINE_RESUME = "retry_line_resume"
    MARK_LINE_RESUMED = "mark_line_resumed"


DESCRIPTIONS: Mapping[WorkflowHealth, str] = MappingProxyType(
    {
        WorkflowHealth.MISSING: "Temporal has no workflow for this order.",
        WorkflowHealth.TERMINATED: "This order's workflow was terminated in Temporal.",
        WorkflowHealth.FAILED: "This order's workflow failed with an error.",
        WorkflowHealth.TIMED_OUT: "This order's workflow timed out.",
        WorkflowHealth.CANCELED: "This order's workflow was canceled in Temporal, but the order is still open.",
        WorkflowHealth.COMPLETED: "This order's workflow has finished, but the order is still open.",
    }
)

_RESUMABLE = frozenset({WorkflowHealth.TERMINATED, WorkflowHealth.FAILED, WorkflowHealth.TIMED_OUT})

_RIGHTS: Mapping[RecoveryAction, Right] = MappingProxyType(
    {
        RecoveryAction.RESUME_WORKFLOW: Right.ORDER_RECOVER,
        RecoveryAction.RESTART_WORKFLOW: Right.ORDER_RECOVER,
        RecoveryAction.FORCE_CLOSE: Right.ORDER_RECOVER,
        RecoveryAction.REDELIVER_MESSAGE: Right.ORDER_REPAIR,
        RecoveryAction.RESEND_EMAIL: Right.ORDER_REPAIR,
        RecoveryAction.RETRY_LINE_RESUME: Right.LINE_REPAIR,
        RecoveryAction.MARK_LINE_RESUMED: Right.LINE_REPAIR,
    }
)


def recovery_actions(health: WorkflowHealth, seq: int) -> tuple[RecoveryAction, ...]:
    """What can be done, best first, about the workflow of an order whose last event is `seq`.

    A missing workflow is restarted only if none has written an event: a second one would number its events from the
    start, and the database would take them for repeats of the first one's.
    """
    if health is WorkflowHealth.HEALTHY:
        return ()
    if health in _RESUMABLE:
        return RecoveryAction.RESUME_WORKFLOW, RecoveryAction.FORCE_CLOSE
    if health is WorkflowHealth.MISSING and seq <= _SUBMIT_SEQ:
        return RecoveryAction.RESTART_WORKFLOW, RecoveryAction.FORCE_CLOSE
    # A workflow that was canceled or has completed has nothing left to resume.
    return (RecoveryAction.FORCE_CLOSE,)


def right_for(action: RecoveryAction) -> Right:
    """The right that a recovery action requires."""
    return _RIGHTS[action]
