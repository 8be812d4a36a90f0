"""An order's workflow on a real Temporal server and a real PostgreSQL; only the carrier is a fake."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from models.db.session import Database
from tests import cast
from tests.fakes import FakeCarrier
from tests.workflows.stage import Stage


@pytest.fixture
async def tiny(database: Database) -> Database:
    await cast.found(database)
    return database


@pytest.fixture
async def stage(tiny: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Stage]:
    async with Stage.set(tiny, temporal.client, FakeCarrier()) as ready:
        yield ready
