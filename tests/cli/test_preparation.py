"""`dialtone bootstrap` on real servers, run as a program."""

import asyncio
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from cli import preparation
from cli.environment import temporal as connected
from demo.postgres_server import DatabaseServer
from models.db import schema_version
from models.db.session import Database, new_id
from models.settings import Settings
from outbox import temporal_namespace
from outbox.temporal_namespace import RETENTION
from runtime.command_errors import CommandFailed
from tests.cli.environment import variables
from tests.fixtures.demo import dialtone


@pytest.fixture
async def empty(postgres: DatabaseServer) -> Database:
    """A database without any table."""
    return Database(await postgres.create_database(f"test_{new_id().lower()}"))


async def test_bootstrap_prepares_an_empty_database_and_a_new_namespace(
    tmp_path: Path, empty: Database, temporal: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = variables(empty, temporal)
    namespace = environment["TEMPORAL_NAMESPACE"]
    first = await asyncio.to_thread(dialtone, "bootstrap", folder=tmp_path, variables=environment)
    assert (first.returncode, first.stderr) == (0, "")
    assert f"Added the namespace {namespace}." in first.stdout
    again = await asyncio.to_thread(dialtone, "bootstrap", folder=tmp_path, variables=environment)
    assert (again.returncode, again.stderr) == (0, "")
    assert "Added" not in again.stdout

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with connected(Settings()) as client:
        assert await temporal_namespace.missing_search_attributes(client) == {}
        described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION
    async with empty.read() as session:
        assert await schema_version.schema_version(session) == schema_version.newest_version()
    await empty.close()


async def test_a_short_retention_is_reported_with_what_is_wanted(
    tmp_path: Path, database: Database, temporal: WorkflowEnvironment
) -> None:
    environment = variables(database, temporal, namespace=temporal.client.namespace)
    result = await asyncio.to_thread(dialtone, "bootstrap", folder=tmp_path, variables=environment)
    assert result.returncode == 0
    assert "keeps ended workflows for 1 day, and Dialtone needs 7 days" in result.stderr
    assert "namespace update --namespace default --retention 168h" in result.stderr


@pytest.mark.parametrize(
    ("refused", "command"),
    [
        ("register_namespace", "temporal operator namespace create --namespace"),
        ("add_search_attributes", "--name NeedsAttention --type Bool"),
    ],
)
async def test_what_temporal_does_not_permit_is_left_to_an_operator(
    refused: str,
    command: str,
    database: Database,
    temporal: WorkflowEnvironment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise RPCError("Request unauthorized.", RPCStatusCode.PERMISSION_DENIED, b"")

    for name, value in variables(database, temporal).items():
        monkeypatch.setenv(name, value)
    async with connected(Settings()) as client:
        service = client.workflow_service if refused == "register_namespace" else client.operator_service
        monkeypatch.setattr(type(service), refused, refuse)
    with pytest.raises(CommandFailed, match="doesn't let Dialtone add") as caught:
        await preparation.bootstrap(Settings())
    assert command in str(caught.value)


@pytest.mark.parametrize("command", ["bootstrap", "migrate"])
def test_an_unreachable_database_is_reported_in_words(tmp_path: Path, command: str) -> None:
    environment = {"DIALTONE_ENVIRONMENT": "development", "DATABASE_URL": "postgresql://dialtone:s3cret@127.0.0.1:1/x"}
    result = dialtone(command, folder=tmp_path, variables=environment)
    assert result.returncode == 1
    assert result.stderr == "PostgreSQL doesn't let us in. Run `dialtone doctor`, which says why.\n"
