"""What can be wrong with the workflow of an order, and what an operator can do about the order."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from models.workflow_health import WorkflowHealth
from policies.access import Right


class RecoveryAction(StrEnum):
    """What an operator does outside an order's workflow."""

    RESUME_WORKFLOW = "resume_workflow"
    REPLAY_MESSAGES = "replay_messages"
    RESTORE_STATE = "restore_state"
    END_WORKFLOW = "end_workflow"
    FORCE_CLOSE = "force_close"
    REDELIVER_MESSAGE = "redeliver_message"
    RESEND_EMAIL = "resend_email"


DESCRIPTIONS: Mapping[WorkflowHealth, str] = MappingProxyType(
    {
        WorkflowHealth.MISSING: "Temporal has no workflow for this order.",
        WorkflowHealth.TERMINATED: "This order's workflow was terminated in Temporal.",
        WorkflowHealth.FAILED: "This order's workflow failed with an error.",
        WorkflowHealth.TIMED_OUT: "This order's workflow timed out.",
        WorkflowHealth.CANCELED: "This order's workflow was canceled in Temporal, but the order is still open.",
        WorkflowHealth.COMPLETED: "This order's workflow has finished, but the order is still open.",
        WorkflowHealth.BEHIND: "This order's workflow is behind its history: Temporal was restored to an older moment.",
        WorkflowHealth.AHEAD: "This order's history is behind its workflow: the database was restored to an older "
        "moment.",
        WorkflowHealth.REVIVED: "This order has ended, but its workflow runs again: Temporal was restored to an older "
        "moment.",
    }
)

_RESUME = (RecoveryAction.RESUME_WORKFLOW, RecoveryAction.FORCE_CLOSE)
_REPLAY = (RecoveryAction.REPLAY_MESSAGES, RecoveryAction.FORCE_CLOSE)
_ACTIONS: Mapping[WorkflowHealth, tuple[RecoveryAction, ...]] = MappingProxyType(
    {
        WorkflowHealth.HEALTHY: (),
        WorkflowHealth.TERMINATED: _RESUME,
        WorkflowHealth.FAILED: _RESUME,
        WorkflowHealth.TIMED_OUT: _RESUME,
        WorkflowHealth.MISSING: _REPLAY,
        WorkflowHealth.BEHIND: _REPLAY,
        WorkflowHealth.AHEAD: (RecoveryAction.RESTORE_STATE, RecoveryAction.FORCE_CLOSE),
        WorkflowHealth.REVIVED: (RecoveryAction.END_WORKFLOW,),
        # A workflow that was canceled or has completed has nothing left to resume.
        WorkflowHealth.CANCELED: (RecoveryAction.FORCE_CLOSE,),
        WorkflowHealth.COMPLETED: (RecoveryAction.FORCE_CLOSE,),
    }
)

_RIGHTS: Mapping[RecoveryAction, Right] = MappingProxyType(
    {
        RecoveryAction.RESUME_WORKFLOW: Right.ORDER_RECOVER,
        RecoveryAction.REPLAY_MESSAGES: Right.ORDER_RECOVER,
        RecoveryAction.RESTORE_STATE: Right.ORDER_RECOVER,
        RecoveryAction.END_WORKFLOW: Right.ORDER_RECOVER,
        RecoveryAction.FORCE_CLOSE: Right.ORDER_RECOVER,
        RecoveryAction.REDELIVER_MESSAGE: Right.ORDER_REPAIR,
        RecoveryAction.RESEND_EMAIL: Right.ORDER_REPAIR,
    }
)


def recovery_actions(health: WorkflowHealth) -> tuple[RecoveryAction, ...]:
    """What can be done about the workflow of an order, best first."""
    return _ACTIONS[health]


def right_for(action: RecoveryAction) -> Right:
    """The right that a recovery action requires."""
    return _RIGHTS[action]
