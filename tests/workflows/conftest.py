"""Workflows on a real Temporal server and a real PostgreSQL; only the carrier is a fake."""

import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from demo.postgres_server import DatabaseServer
from models.db.session import Database
from tests import factories
from tests.fakes import FakeCarrier
from tests.fixtures.database import cloned
from tests.workflows.ahead import Ahead, courses_of
from tests.workflows.workflow_env import WorkflowEnv
from workflows.search_attributes import SEARCH_ATTRIBUTES


@pytest.fixture
async def seeded_database(database: Database) -> Database:
    await factories.create_company(database)
    return database


@pytest.fixture
async def env(seeded_database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[WorkflowEnv]:
    async with WorkflowEnv.running(seeded_database, temporal.client, FakeCarrier()) as running:
        yield running


@pytest.fixture(scope="module")
async def ahead(
    postgres: DatabaseServer, template: str, temporal: WorkflowEnvironment, request: pytest.FixtureRequest
) -> AsyncIterator[Ahead]:
    """One company and one set of workers for all tests of a module that have a course.

    A person may have any number of lines, and an order may cost anything without approval if its type allows that.
    """
    async with cloned(postgres, template) as database:
        await factories.create_company(database, policy={"max_lines_per_employee": 10_000, "free_cap": "1000000"})
        async with WorkflowEnv.running(database, temporal.client, FakeCarrier()) as env:
            running = Ahead(env, courses_of(request))
            yield running
            await running.close()


@pytest.fixture(scope="module")
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server that skips time while all workflows wait."""
    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(program)) as environment:
        kinds = {"Keyword": 2, "Bool": 5}
        wanted = {name: kinds[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=wanted)  # type: ignore[arg-type] # ints are enum values
        )
        yield environment


@pytest.fixture
async def skipping_env(seeded_database: Database, time_skipping: WorkflowEnvironment) -> AsyncIterator[WorkflowEnv]:
    async with WorkflowEnv.running(seeded_database, time_skipping.client, FakeCarrier()) as running:
        yield running
