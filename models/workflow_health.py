"""The workflows of orders, timers and tasks, and what a check of one finds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class WorkflowKind(StrEnum):
    """What a workflow belongs to; its id begins with the kind."""

    ORDER = "order"
    TIMER = "timer"
    TASK = "task"


@dataclass(frozen=True, kw_only=True)
class WorkflowRef:
    """A workflow by what it belongs to, whose id is `id`."""

    kind: WorkflowKind
    tenant: str
    id: str

    @property
    def workflow_id(self) -> str:
        return f"{self.kind}:{self.tenant}:{self.id}"

    @classmethod
    def parse(cls, workflow_id: str) -> Self | None:
        """None for the id of a workflow that isn't Dialtone's."""
        kind, _, rest = workflow_id.partition(":")
        tenant, separator, own_id = rest.rpartition(":")
        if not separator or kind not in set(WorkflowKind):
            return None
        return cls(kind=WorkflowKind(kind), tenant=tenant, id=own_id)


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
