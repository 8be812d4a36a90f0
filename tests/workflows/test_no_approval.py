"""An order whose approval plan has no stages."""

from dataclasses import replace

from models.db.approvals.tables import ApprovalRow
from models.lifecycle import Status
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

TYPE = replace(order_type("LINE_REASSIGN"), approval="NONE")


async def test_an_order_without_approval_completes_and_asks_no_one(env: WorkflowEnv) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    assert await env.rows(ApprovalRow, order) == []
    events = await env.events(order)
    assert events.count("approved") == 1
    assert "approval_needed" not in events
