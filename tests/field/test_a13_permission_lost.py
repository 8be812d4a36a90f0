"""While an order waits, its requester loses permission for the line: it is held, and the carrier hears nothing."""

import pytest
from sqlmodel import SQLModel

from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from models.db.tasks.tables import TaskRow
from models.holder import Holder
from models.lifecycle import Status
from tests import factories
from tests.field.changing_company import approve_all, change, check_again
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

SUSPEND = order_type("SERVICE_SUSPEND")
# What changes, what the task says, and what corrects it.
CHANGES: dict[str, tuple[type[SQLModel], str, str, dict[str, object], str, dict[str, object]]] = {
    "the line changed hands": (
        LineRow,
        "person_id",
        factories.HOLDER,
        {"person_id": factories.CHIEF},
        "is no longer assigned to",
        {},
    ),
    "the requester no longer manages the user": (
        PersonRow,
        "id",
        factories.HOLDER,
        {"manager_id": factories.CHIEF},
        "no longer has permission to change this line",
        {"manager_id": factories.REQUESTER},
    ),
    "the requester has left": (
        PersonRow,
        "id",
        factories.REQUESTER,
        {"active": False},
        "is no longer active",
        {"active": True},
    ),
}


@pytest.mark.fault("27")
@pytest.mark.parametrize("changed", CHANGES)
async def test_a_line_is_not_suspended_without_permission_on_the_day(env: WorkflowEnv, changed: str) -> None:
    table, key, value, values, says, correction = CHANGES[changed]
    order = await env.start_new(
        SUSPEND,
        until=Status.AWAITING_APPROVAL,
        beneficiary=Holder.of(person_id=factories.HOLDER),
        answers={"suspend_reason": "seasonal"},
    )
    await change(env, table, key, value, **values)
    await approve_all(env, order)
    await env.wait_for_status(order, Status.ON_HOLD)
    (task,) = await env.rows(TaskRow, order)
    assert says in task.evidence["reason"]
    assert env.carrier.submissions == 0
    if correction:
        await change(env, table, key, value, **correction)
        await check_again(env, order)
        await env.wait_for_status(order, Status.IN_FULFILLMENT)
        assert env.carrier.submissions == 1
