"""A complete Dialtone in processes of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from demo.company import load
from demo.postgres import Postgres, discard
from demo.postgres_server import DatabaseServer
from demo.sockets import free_port
from models.db.migrations.migrate import migrate
from models.db.session import Database, new_id
from tests import factories
from tests.e2e.instance import DIALTONE, INFRASTRUCTURE, Instance
from tests.e2e.monitored_orders import MonitoredOrders, monitored_orders
from tests.e2e.production import Ports, Production, production_parts
from tests.e2e.site import allow_many_lines
from tests.fixtures.certificate import Certificate
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


@pytest.fixture
async def server() -> AsyncIterator[Postgres]:
    """A database server that a test can stop or kill."""
    server = Postgres.temporary(durable=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        discard(server.home)


@pytest.fixture
async def instance_on_server(server: Postgres, tmp_path: Path) -> AsyncIterator[Instance]:
    """A Dialtone on that server."""
    url = await server.create_database("dialtone")
    await migrate(url)
    database = Database(url)
    await load(database)
    instance = Instance(tmp_path, database)
    try:
        await instance.start(*INFRASTRUCTURE)
        await instance.start(*DIALTONE)
        yield instance
    finally:
        await instance.close()
        await database.close()


@pytest.fixture
async def production(
    postgres: DatabaseServer, temporal: WorkflowEnvironment, certificate: Certificate, tmp_path: Path
) -> AsyncIterator[Production]:
    """What Dialtone needs in production, with a database that has no table."""
    name = f"test_{new_id().lower()}"
    url = await postgres.create_database(name)
    try:
        async with production_parts(
            tmp_path, url, temporal, certificate, Ports(api=free_port(), carrier=free_port())
        ) as parts:
            yield parts
    finally:
        await postgres.drop_database(name)
