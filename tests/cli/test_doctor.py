"""`dialtone doctor`: what is wrong, what to do, and an exit code for each cause."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import text
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from cli.doctor import ExitCode, doctor
from demo.postgres_server import DatabaseServer
from models.db import schema_version
from models.db.session import Database, new_id
from outbox import temporal_namespace
from outbox.temporal_namespace import RETENTION
from tests.cli.environment import url_of, variables
from tests.docs.pages import DOCS, table
from tests.fixtures.demo import dialtone

NORTHWIND = {"code": "northwind", "name": "Northwind", "url": "http://127.0.0.1:1", "token": "s3cret"}
UNSIGNED = {"webhook_auth": "none"}


class Doctor:
    """Runs the command with some variables, and keeps what it prints."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.lines: dict[str, str] = {}

    def set(self, **values: str) -> None:
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)

    async def examine(self) -> int:
        code = await doctor()
        output = self._capsys.readouterr().out
        assert "s3cret" not in output
        self.lines = {line[:18].strip(): line[20:] for line in output.splitlines()}
        return code


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(monkeypatch, capsys)


@pytest.fixture
async def email_server() -> AsyncIterator[int]:
    """The port of a server that takes emails."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(object(), hostname="test", loop=loop), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(scope="module")
async def namespace(temporal: WorkflowEnvironment) -> str:
    """A namespace as `dialtone bootstrap` adds it."""
    name = f"test-{new_id().lower()}"
    client = await Client.connect(temporal.client.service_client.config.target_host, namespace=name, lazy=True)
    await temporal_namespace.register(client)
    await temporal_namespace.add_search_attributes(client, await temporal_namespace.missing_search_attributes(client))
    return name


@pytest.fixture
def healthy(
    examined: Doctor, database: Database, temporal: WorkflowEnvironment, email_server: int, namespace: str
) -> Doctor:
    """Everything that Dialtone needs, without carriers."""
    examined.set(**variables(database, temporal, namespace=namespace), DIALTONE_SMTP_PORT=str(email_server))
    return examined


@asynccontextmanager
async def untrusted_site(folder: Path) -> AsyncIterator[int]:
    """The port of a server whose certificate no authority has signed."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    files = ("-keyout", str(key), "-out", str(certificate))
    request = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *files, *names)
    await asyncio.to_thread(subprocess.run, request, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with await asyncio.start_server(_read_all, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def _read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side has closed the connection."""
    await reader.read()
    writer.close()


async def test_every_line_is_ok_after_bootstrap(healthy: Doctor) -> None:
    assert await healthy.examine() == 0
    assert len(healthy.lines) == 9
    assert set(healthy.lines.values()) == {"ok"}


@pytest.mark.fault("41")
async def test_a_broken_configuration_is_named_and_the_rest_is_checked(healthy: Doctor) -> None:
    healthy.set(DIALTONE_ENVIRONMENT="production", DIALTONE_SMTP_PASSWORD="s3cret")
    assert await healthy.examine() == ExitCode.CONFIGURATION
    assert "DIALTONE_SMTP_PASSWORD must be at least 16 random characters" in healthy.lines["Configuration"]
    assert healthy.lines["PostgreSQL"] == healthy.lines["Schema"] == healthy.lines["Retention"] == "ok"


async def test_carriers_that_cannot_be_built_are_a_wrong_configuration(healthy: Doctor) -> None:
    healthy.set(DIALTONE_CARRIERS=json.dumps([{**NORTHWIND, **UNSIGNED, "adapter": "fax"}]))
    assert await healthy.examine() == ExitCode.CONFIGURATION
    assert "unknown adapter 'fax'" in healthy.lines["Configuration"]
    assert healthy.lines["Northwind"] == "not checked"


async def test_an_unreachable_database(healthy: Doctor) -> None:
    healthy.set(DATABASE_URL="postgresql://dialtone:s3cret@127.0.0.1:1/x")
    assert await healthy.examine() == ExitCode.POSTGRESQL
    assert "127.0.0.1:1 doesn't answer (ConnectionRefusedError)" in healthy.lines["PostgreSQL"]
    assert healthy.lines["Schema"] == "not checked"
    assert healthy.lines["Namespace"] == "ok"


@pytest.mark.parametrize("address", ["s3cret", "mysql://s3cret@x/y", "postgresql://dialtone:s3cret@127.0.0.1:port/x"])
async def test_an_address_that_is_none(healthy: Doctor, address: str) -> None:
    healthy.set(DATABASE_URL=address)
    assert await healthy.examine() == ExitCode.POSTGRESQL


async def test_a_database_that_does_not_exist(healthy: Doctor, postgres: DatabaseServer) -> None:
    healthy.set(DATABASE_URL=postgres.database_url("nowhere"))
    assert await healthy.examine() == ExitCode.POSTGRESQL
    assert "no database of the name" in healthy.lines["PostgreSQL"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE alembic_version", "The database is empty. Run `dialtone bootstrap`."),
        ("UPDATE alembic_version SET version_num = '9999_future'", "a newer version of Dialtone has made"),
    ],
)
async def test_another_schema(healthy: Doctor, database: Database, statement: str, message: str) -> None:
    async with database.transaction() as session:
        await (await session.connection()).execute(text(statement))
    assert await healthy.examine() == ExitCode.SCHEMA
    assert message in healthy.lines["Schema"]


async def test_an_older_schema(healthy: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_version, "newest_version", lambda: "0002_more")
    assert await healthy.examine() == ExitCode.SCHEMA
    assert "The database is at 0001_schema, and this version needs 0002_more." in healthy.lines["Schema"]


async def test_a_namespace_that_forgets_too_early(healthy: Doctor, temporal: WorkflowEnvironment) -> None:
    healthy.set(TEMPORAL_NAMESPACE=temporal.client.namespace)
    assert await healthy.examine() == ExitCode.RETENTION
    assert "--namespace default --retention 168h" in healthy.lines["Retention"]


async def test_an_unreachable_temporal(healthy: Doctor) -> None:
    healthy.set(TEMPORAL_ADDRESS="127.0.0.1:1")
    assert await healthy.examine() == ExitCode.TEMPORAL
    assert "127.0.0.1:1 doesn't answer: Connection refused. Check TEMPORAL_ADDRESS" in healthy.lines["Temporal"]
    assert healthy.lines["Namespace"] == healthy.lines["Search attributes"] == "not checked"
    assert healthy.lines["TLS"] == "ok"


async def test_variables_of_temporal_that_cannot_be_read(healthy: Doctor, tmp_path: Path) -> None:
    (tmp_path / "temporal.toml").write_text("[profile")
    healthy.set(TEMPORAL_CONFIG_FILE=str(tmp_path / "temporal.toml"))
    assert await healthy.examine() == ExitCode.TEMPORAL
    assert "The variables TEMPORAL_… can't be used" in healthy.lines["Temporal"]


@pytest.mark.fault("41")
async def test_a_missing_namespace(healthy: Doctor) -> None:
    healthy.set(TEMPORAL_NAMESPACE="nowhere")
    assert await healthy.examine() == ExitCode.NAMESPACE
    assert "Temporal has no namespace nowhere. Run `dialtone bootstrap`." in healthy.lines["Namespace"]


@pytest.mark.parametrize(
    ("retention", "line", "message"),
    [
        (
            RETENTION,
            "Search attributes",
            "TenantId, OrderNumber, NeedsAttention are missing. Run `dialtone bootstrap`.",
        ),
        (timedelta(days=2), "Retention", "for 2 days, and Dialtone needs 7 days"),
    ],
)
async def test_a_namespace_that_an_operator_has_made(
    healthy: Doctor, temporal: WorkflowEnvironment, retention: timedelta, line: str, message: str
) -> None:
    name, time = f"test-{new_id().lower()}", Duration()
    time.FromTimedelta(retention)
    request = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=time)
    await temporal.client.workflow_service.register_namespace(request)
    healthy.set(TEMPORAL_NAMESPACE=name)
    assert await healthy.examine() == ExitCode.SEARCH_ATTRIBUTES
    assert message in healthy.lines[line]


@pytest.mark.fault("41")
async def test_a_certificate_that_browsers_reject(healthy: Doctor, tmp_path: Path) -> None:
    async with untrusted_site(tmp_path) as port:
        healthy.set(DIALTONE_PUBLIC_URL=f"https://localhost:{port}")
        assert await healthy.examine() == ExitCode.TLS
    assert f"The certificate of localhost:{port} is not valid: self-signed" in healthy.lines["TLS"]


async def test_a_site_that_does_not_answer(healthy: Doctor) -> None:
    healthy.set(DIALTONE_PUBLIC_URL="https://localhost:1")
    assert await healthy.examine() == ExitCode.TLS
    assert "Nothing answers with TLS at localhost:1" in healthy.lines["TLS"]


async def test_an_email_server_that_does_not_answer(healthy: Doctor) -> None:
    healthy.set(DIALTONE_SMTP_PORT="1")
    assert await healthy.examine() == ExitCode.SMTP
    assert "127.0.0.1:1 can't be used" in healthy.lines["Email server"]


async def test_an_email_server_without_the_encryption_that_is_required(healthy: Doctor) -> None:
    healthy.set(DIALTONE_SMTP_SECURITY="starttls")
    assert await healthy.examine() == ExitCode.SMTP


async def test_a_carrier_that_does_not_answer(healthy: Doctor) -> None:
    healthy.set(DIALTONE_CARRIERS=json.dumps([{**NORTHWIND, **UNSIGNED}]))
    assert await healthy.examine() == ExitCode.CARRIER
    assert (
        healthy.lines["Northwind"] == "Northwind did not respond: ConnectError. Check its entry in DIALTONE_CARRIERS."
    )


@pytest.mark.fault("41")
async def test_a_server_that_says_nothing_ends_the_wait(healthy: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.doctor.CHECK_SECONDS", 1)
    async with await asyncio.start_server(_read_all, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        healthy.set(TEMPORAL_ADDRESS=f"127.0.0.1:{port}", TEMPORAL_TLS="true", DIALTONE_SMTP_PORT=str(port))
        assert await healthy.examine() == ExitCode.TEMPORAL
    assert healthy.lines["Temporal"].startswith("No answer within 1 seconds.")
    assert healthy.lines["Email server"].startswith("No answer within 1 seconds.")


def test_the_first_cause_is_the_exit_code_of_the_program(tmp_path: Path, database: Database) -> None:
    environment = {
        "DIALTONE_ENVIRONMENT": "development",
        "DATABASE_URL": url_of(database),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DIALTONE_SMTP_PORT": "1",
    }
    result = dialtone("doctor", folder=tmp_path, variables=environment)
    assert result.returncode == ExitCode.TEMPORAL
    assert result.stderr == ""


def test_every_exit_code_is_documented() -> None:
    documented = {int(row["exit code"]) for row in table(DOCS / "operations.md", "exit code")}
    assert documented == {0, 1, 2, *ExitCode}
