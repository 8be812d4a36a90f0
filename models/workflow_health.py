"""What a check of an order's or a timer's workflow finds."""

from enum import StrEnum


class WorkflowHealth(StrEnum):
    HEALTHY = "healthy"
    MISSING = "missing"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    COMPLETED = "completed"
