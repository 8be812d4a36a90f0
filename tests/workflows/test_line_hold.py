"""Two orders on one line: the second waits at PLACE, and goes on when the first has let go."""

from dataclasses import replace
from datetime import timedelta

from models.db.inventory.tables import LineRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id
from models.lifecycle import Status
from models.order import Order
from models.order_type import Aspect, OrderType, Step
from outbox.dispatcher import OutboxDispatcher
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_type

STEPS = (Step.PLACE, Step.FULFILL, Step.APPLY)


def changing(aspect: Aspect) -> OrderType:
    """A type that changes one aspect of a line that is there."""
    return replace(order_type("NEW_SERVICE_DEVICE"), touches=(aspect,), steps=STEPS)


async def line_of_the_company(stage: Stage) -> str:
    line = LineRow(
        tenant=factories.TENANT,
        id=new_id(),
        carrier=factories.CARRIER,
        status="active",
        account_id=factories.ACCOUNT,
        plan="PLAN-1",
    )
    async with stage.database.transaction() as session:
        session.add(line)
    return line.id


async def started(stage: Stage, line_id: str, aspect: Aspect) -> Order:
    order = await factories.place(stage.database, factories.Placing(type=changing(aspect), line_ids=(line_id,)))
    await stage.start(order)
    return order


async def deliver(stage: Stage, order: Order) -> None:
    """Carry to the order what waits for it in the outbox."""
    dispatcher = OutboxDispatcher(
        stage.database, stage.client, task_queue=stage.task_queue, patience=timedelta(seconds=5)
    )
    for row in await stage.all(OutboxRow, order):
        await dispatcher.deliver(row.id)


async def test_the_second_order_on_a_line_waits_for_the_first(stage: Stage) -> None:
    line_id = await line_of_the_company(stage)
    first = await started(stage, line_id, Aspect.PLAN)
    await stage.until(first, Status.IN_FULFILLMENT)
    second = await started(stage, line_id, Aspect.SIM)
    await stage.until(second, Status.ON_HOLD)
    assert stage.carrier.submissions == 1
    await stage.cancel(first)
    await stage.until(first, Status.CANCELED)
    await deliver(stage, second)
    await stage.until(second, Status.IN_FULFILLMENT)


async def test_an_order_that_waits_for_a_line_can_be_canceled(stage: Stage) -> None:
    line_id = await line_of_the_company(stage)
    first = await started(stage, line_id, Aspect.PLAN)
    await stage.until(first, Status.IN_FULFILLMENT)
    second = await started(stage, line_id, Aspect.SIM)
    await stage.until(second, Status.ON_HOLD)
    await stage.cancel(second)
    await stage.until(second, Status.CANCELED, Status.WITHDRAWN)
    assert (stage.carrier.submissions, stage.carrier.canceled) == (1, [])
