"""An order's workflow on a real Temporal server and a real PostgreSQL; only the carrier is a fake."""

import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from models.db.session import Database
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import Stage
from workflows.search_attributes import SEARCH_ATTRIBUTES


@pytest.fixture
async def tiny(database: Database) -> Database:
    await factories.found(database)
    return database


@pytest.fixture
async def stage(tiny: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Stage]:
    async with Stage.set(tiny, temporal.client, FakeCarrier()) as ready:
        yield ready


@pytest.fixture(scope="module")
async def ahead() -> AsyncIterator[WorkflowEnvironment]:
    """A server whose clock runs ahead when nobody is at work."""
    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(program)) as environment:
        kinds = {"Keyword": 2, "Bool": 5}
        wanted = {name: kinds[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=wanted)  # type: ignore[arg-type]
        )
        yield environment


@pytest.fixture
async def hasty(tiny: Database, ahead: WorkflowEnvironment) -> AsyncIterator[Stage]:
    async with Stage.set(tiny, ahead.client, FakeCarrier()) as stage:
        yield stage
