"""A carrier that writes an order down long after it was called gets it once."""

from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
from temporalio.testing import WorkflowEnvironment

from carriers.base import CarrierOrder
from carriers.tmf622 import Tmf622Carrier
from demo.simulator.app import create_app
from models.db.carriers.tables import CarrierOrderRow
from models.db.session import Database
from models.lifecycle import Status
from tests import factories
from tests.carriers.carrier_client import connected_adapter
from tests.demo.simulator.simulator_client import running, settings
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type


@dataclass
class SimulatedCarrier(FakeCarrier):
    """Places and finds orders at a simulated carrier, over HTTP."""

    adapter: Tmf622Carrier | None = None

    async def submit(self, work: CarrierOrder) -> str:
        assert self.adapter
        self.submissions += 1
        return await self.adapter.submit(work)

    async def find(self, client_ref: str) -> tuple[str, ...]:
        assert self.adapter
        return await self.adapter.find(client_ref)


@pytest.mark.fault("1")
@pytest.mark.parametrize(("commit", "gives_up", "window"), [
    (1.6, 0.3, 2.5),
    pytest.param(25, 20, 40, marks=pytest.mark.slow),
])  # fmt: skip
async def test_an_order_that_is_written_down_late_is_placed_once(
    seeded_database: Database, temporal: WorkflowEnvironment, commit: float, gives_up: float, window: float
) -> None:
    """The client gives up before the carrier writes the order down, and finds nothing when it looks at once."""
    app = create_app(settings(rules=[{"behavior": {"commitAfter": commit, "backorder": 3600}}]))
    async with (
        running(app) as url,
        connected_adapter(url, http=httpx2.AsyncClient(timeout=gives_up)) as adapter,
        WorkflowEnv.running(
            seeded_database,
            temporal.client,
            SimulatedCarrier(adapter=adapter, unknown_window=timedelta(seconds=window)),
        ) as env,
    ):
        order = await factories.create_order(
            seeded_database, factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE"))
        )
        await env.start(order)
        await env.approve(order, factories.actor(await env.next_approver(order)))
        await env.wait_for_status(order, Status.IN_FULFILLMENT)
        (row,) = await env.rows(CarrierOrderRow, order)
        assert await adapter.find(row.client_ref) == (row.carrier_ref,)
        assert env.carrier.submissions == 1
