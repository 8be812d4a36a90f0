"""Real servers, one of each per test session (and per worker of pytest-xdist)."""

import gc
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import settings
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from demo.postgres import Postgres, discard
from demo.postgres_server import DatabaseServer
from demo.temporal import QUICK_SETTINGS, find_program, settings_argv

# How long a test takes says something of the machine, nothing of the code.
settings.register_profile("dialtone", deadline=None)
settings.load_profile("dialtone")

FIXTURES = ("certificate", "covers", "database", "demo", "site", "statements", "throw_away")
pytest_plugins = [f"tests.fixtures.{name}" for name in FIXTURES]


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what stays until the end: walking over it can stop a workflow for seconds."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds spent in each test folder, setup included, where CI is set."""
    if not os.environ.get("CI"):
        return
    seconds: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds["/".join(report.nodeid.split("::")[0].split("/")[:2])] += report.duration
    terminalreporter.section("seconds per test folder")
    for folder, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{spent:8.1f}  {folder}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """A PostgreSQL server; TEST_DATABASE_URL names one that runs already (its account creates databases)."""
    url = os.environ.get("TEST_DATABASE_URL")
    if url:
        yield DatabaseServer(url)
        return
    server = Postgres.temporary()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        discard(server.home)


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal development server in memory; give every test a task queue of its own."""
    async with await WorkflowEnvironment.start_local(**_development_server()) as environment:
        yield environment


@pytest.fixture(scope="module")
async def fast_forwarding() -> AsyncIterator[WorkflowEnvironment]:
    """The same, and each workflow has a clock of its own that a test can move forward."""
    server = _development_server({"frontend.WorkflowTimeSkippingEnabled": "true"})
    async with await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False), **server
    ) as environment:
        yield environment


def _development_server(more_settings: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    settings = {**QUICK_SETTINGS, "system.forceSearchAttributesCacheRefreshOnRead": "true", **more_settings}
    return {
        "dev_server_existing_path": find_program(),
        "dev_server_extra_args": settings_argv(settings),
        "dev_server_startup_timeout": timedelta(seconds=30),
        "data_converter": pydantic_data_converter,
        "search_attributes": (
            SearchAttributeKey.for_keyword("TenantId"),
            SearchAttributeKey.for_keyword("OrderNumber"),
            SearchAttributeKey.for_bool("NeedsAttention"),
        ),
    }
