"""The workflows of orders, timers and tasks, by what they belong to."""

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
        """Such as `order:{tenant}:{ulid}`, without personal data."""
        return f"{self.kind}:{self.tenant}:{self.id}"

    @classmethod
    def parse(cls, workflow_id: str) -> Self | None:
        """None for the id of a workflow that isn't Dialtone's."""
        kind, _, rest = workflow_id.partition(":")
        tenant, separator, own_id = rest.rpartition(":")
        if not separator or kind not in set(WorkflowKind):
            return None
        return cls(kind=WorkflowKind(kind), tenant=tenant, id=own_id)
