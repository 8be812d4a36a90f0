"""How the workflow that a `start` message asks for is started: an order's own, or a clock's."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from models.db.outbox.tables import OutboxRow
from models.order import Order, Urgency
from models.timers import SUSPENSION_TIMER, TimerInput

_ORDER, _CLOCK = TypeAdapter(Order), TypeAdapter(TimerInput)


@dataclass(frozen=True, kw_only=True)
class WorkflowStart:
    """Everything about a workflow that Temporal is told beside its input; nothing private.

    `again`: one that was ended in Temporal, and not by its own code, may be started once more.
    """

    workflow: str
    argument: Any
    workflow_id: str
    tenant: str
    number: str
    priority: int
    summary: str
    again: bool = False


def workflow_start(row: OutboxRow) -> WorkflowStart:
    """What the message starts; its name is the workflow's."""
    return _clock(row) if row.name == SUSPENSION_TIMER else _order(row)


def _order(row: OutboxRow) -> WorkflowStart:
    order = _ORDER.validate_python(row.payload)
    return WorkflowStart(
        workflow=order.type.code,
        argument=order,
        workflow_id=order.workflow_id,
        tenant=order.tenant,
        number=order.number,
        priority=order.urgency.priority,
        summary=f"{order.number} {order.type.title}",
    )


def _clock(row: OutboxRow) -> WorkflowStart:
    plan = _CLOCK.validate_python(row.payload)
    return WorkflowStart(
        workflow=row.name,
        argument=plan,
        workflow_id=plan.ref.workflow_id,
        tenant=plan.ref.tenant,
        number=plan.number,
        priority=Urgency.NORMAL.priority,
        summary=f"{plan.number} Suspended line",
        again=True,
    )
