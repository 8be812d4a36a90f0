"""How the workflow that a `start` message asks for is started: an order's, that of a line's timer, or of a task."""

from typing import Any

from pydantic import TypeAdapter
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy

from models.db.outbox.tables import OutboxRow
from models.formatting import humanize
from models.order import Order, Urgency
from models.task_action import TASK_ACTION, TaskActionInput
from models.timers import LINE_TIMER, TimerInput
from workflows.search_attributes import NEEDS_ATTENTION, NUMBER, TENANT

_ORDER, _TIMER, _TASK_ACTION = TypeAdapter(Order), TypeAdapter(TimerInput), TypeAdapter(TaskActionInput)


def start_arguments(row: OutboxRow) -> dict[str, Any]:
    """Keyword arguments of `Client.start_workflow`. Nothing but `arg` may be private."""
    if row.name == LINE_TIMER:
        timer = _TIMER.validate_python(row.payload)
        return {
            "workflow": row.name,
            "arg": timer,
            "id": timer.ref.workflow_id,
            # The timer's row says whether it has ended: after PostgreSQL was restored, one that completed runs again.
            "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            **_labels(timer.ref.tenant, timer.number, Urgency.NORMAL, f"Timer: {humanize(timer.schedule.code)}"),
        }
    if row.name == TASK_ACTION:
        action = _TASK_ACTION.validate_python(row.payload)
        return {
            "workflow": row.name,
            "arg": action,
            "id": action.workflow_id,
            # What could not be done can be tried again.
            "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            **_labels(action.ref.tenant, action.number, Urgency.NORMAL, "Task"),
        }
    order = _ORDER.validate_python(row.payload)
    return {
        "workflow": order.type.code,
        "arg": order,
        "id": order.workflow_id,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        **_labels(order.tenant, order.number, order.urgency, humanize(order.type.code)),
    }


def _labels(tenant: str, number: str, urgency: Urgency, title: str) -> dict[str, Any]:
    return {
        "priority": Priority(priority_key=urgency.priority, fairness_key=tenant),
        "search_attributes": TypedSearchAttributes(
            [
                SearchAttributePair(TENANT, tenant),
                SearchAttributePair(NUMBER, number),
                SearchAttributePair(NEEDS_ATTENTION, False),
            ]
        ),
        "static_summary": f"{number} {title}",
    }
