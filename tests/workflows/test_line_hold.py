"""Two orders on one line: the second waits in PLACE until the first releases the line."""

from dataclasses import replace

import pytest

from models.db.inventory.tables import LineRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id
from models.lifecycle import Status
from models.order import Order, WorkflowMessage
from models.order_type import Aspect
from models.step import Apply, Fulfill, Place
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

STEPS = (Place("suspend"), Fulfill(), Apply())


async def two_orders_on_one_line(env: WorkflowEnv) -> tuple[Order, Order]:
    """The first is at the carrier, the second on hold; they change different aspects of the line."""
    line_id = new_id()
    async with env.database.transaction() as session:
        session.add(
            LineRow(
                tenant=factories.TENANT,
                id=line_id,
                carrier=factories.CARRIER,
                status="active",
                account_id=factories.ACCOUNT,
                plan="PLAN-1",
            )
        )
    first = await _start_order(env, line_id, Aspect.PLAN)
    await env.wait_for_status(first, Status.IN_FULFILLMENT)
    second = await _start_order(env, line_id, Aspect.SIM)
    await env.wait_for_status(second, Status.ON_HOLD)
    return first, second


async def _start_order(env: WorkflowEnv, line_id: str, aspect: Aspect) -> Order:
    kind = replace(order_type("NEW_SERVICE_DEVICE"), touches=(aspect,), steps=STEPS)
    return await env.start_new(kind, line_ids=(line_id,))


async def test_the_second_order_on_a_line_waits_for_the_first(env: WorkflowEnv) -> None:
    first, second = await two_orders_on_one_line(env)
    assert env.carrier.submissions == 1
    await env.cancel(first)
    await env.wait_for_status(first, Status.CANCELED)
    for message in await env.rows(OutboxRow, second):
        await env.deliver(message.id)
    await env.wait_for_status(second, Status.IN_FULFILLMENT)


async def test_an_order_on_hold_can_be_canceled(env: WorkflowEnv) -> None:
    _, second = await two_orders_on_one_line(env)
    await env.cancel(second)
    await env.wait_for_status(second, Status.CANCELED, Status.WITHDRAWN)
    assert (env.carrier.submissions, env.carrier.canceled) == (1, [])


@pytest.mark.fault("14")
async def test_an_order_that_is_held_again_has_no_later_event_than_its_row(env: WorkflowEnv) -> None:
    """Otherwise its workflow would look as if it were ahead of the order."""
    _, second = await two_orders_on_one_line(env)
    held = (await env.row(second)).seq
    await env.signal(second, "lock_released", WorkflowMessage())
    await env.let_workflow_run()
    await env.wait_until_idle(second, after=None)
    handle = env.client.get_workflow_handle(second.workflow_id)
    assert await handle.query("last_seq", result_type=int) == (await env.row(second)).seq == held
