"""What a check of a workflow finds."""

from enum import StrEnum


class WorkflowHealth(StrEnum):
    """HEALTHY: the workflow runs, and its events end where those of the order's row do.

    BEHIND: it runs, but its events end before the row's: Temporal was restored, or lost its last writes. AHEAD: it
    runs, but the row's events end before its own: PostgreSQL was restored. REVIVED: it runs, but the order has ended.
    The others: it doesn't run.
    """

    HEALTHY = "healthy"
    MISSING = "missing"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    COMPLETED = "completed"
    BEHIND = "behind"
    AHEAD = "ahead"
    REVIVED = "revived"


# One of the two databases is older than the other.
OUT_OF_STEP = frozenset({WorkflowHealth.BEHIND, WorkflowHealth.AHEAD, WorkflowHealth.REVIVED})
