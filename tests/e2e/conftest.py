"""A complete Dialtone in processes of its own."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from demo.postgres_server import DatabaseServer
from models.db.session import Database
from tests import factories
from tests.e2e.instance import DIALTONE, INFRASTRUCTURE, Instance
from tests.e2e.monitored_orders import MonitoredOrders, monitored_orders
from tests.e2e.site import allow_many_lines
from tests.fixtures.database import cloned


@pytest.fixture(scope="session")
async def instance(
    postgres: DatabaseServer, company_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Instance]:
    """A Dialtone with the sample company; a test restarts what it stops."""
    async with cloned(postgres, company_template) as database:
        await allow_many_lines(database)
        instance = Instance(tmp_path_factory.mktemp("instance"), database)
        try:
            await instance.start(*INFRASTRUCTURE)
            await instance.start(*DIALTONE)
            yield instance
        finally:
            await instance.close()


@pytest.fixture
async def orders(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[MonitoredOrders]:
    await factories.create_company(database)
    async with monitored_orders(database, temporal.client) as ready:
        yield ready
