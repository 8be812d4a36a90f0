"""Real servers, one of each per test session (and per worker of pytest-xdist)."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from demo.postgres import Postgres, discard
from demo.postgres_server import Server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; TEST_DATABASE_URL names one that runs already (its account creates databases)."""
    url = os.environ.get("TEST_DATABASE_URL")
    if url:
        yield Server(url)
        return
    server = Postgres.temporary()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        discard(server.home)
