"""What the carrier asks and nobody answers, with the real adapter and a simulated carrier."""

import pytest
from temporalio.testing import WorkflowEnvironment

from demo.simulator.app import create_app
from demo.simulator.personality import NORTHWIND
from models.db.orders.tables import OrderRow
from models.db.session import Database
from models.lifecycle import ItemState, Status
from tests import factories
from tests.carriers.carrier_client import connected_adapter, until_state
from tests.demo.simulator.simulator_client import running, settings
from tests.field.changing_company import change
from tests.workflows.skipped_time import skip_days
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type


@pytest.mark.fault("8")
async def test_an_order_whose_question_nobody_answers_is_canceled_at_the_carrier(
    seeded_database: Database, time_skipping: WorkflowEnvironment
) -> None:
    async with (
        running(create_app(settings(personality=NORTHWIND))) as url,
        connected_adapter(url, personality=NORTHWIND) as carrier,
        WorkflowEnv.running(seeded_database, time_skipping.client, carrier) as env,  # type: ignore[arg-type] # a real one
    ):
        spec = factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE"))
        order = await factories.create_order(env.database, spec)
        await change(env, OrderRow, "id", order.id, instructions="simulate: needsInfo")
        handle = await env.start(order)
        await env.advance(order, until=Status.IN_FULFILLMENT)
        (carrier_ref,) = await carrier.find(f"{order.id}:1")
        await until_state(carrier, carrier_ref, ItemState.INFO_REQUIRED)
        await env.signal(order, "carrier_update", await carrier.status(carrier_ref))
        await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
        await skip_days(time_skipping, 15)
        assert (await handle.result()).status is Status.CANCELED
        events = await env.events(order)
        assert events[events.index("vendor_info_required") :].count("question_reminder") == 2
        ended = await carrier.status(carrier_ref)
        assert [item.state for item in ended.items] == [ItemState.CANCELED]
