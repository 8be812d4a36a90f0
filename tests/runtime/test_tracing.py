"""Tracing is off by default; if on, one trace covers the request, the workflow and its activities."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from sqlmodel import col, select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from api.app import SiteAddress, build_app
from api.auth import tokens
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id, utc_now
from outbox.dispatcher import OutboxDispatcher
from outbox.temporal_client import data_converter
from runtime import tracing
from tests.api.api_client import PHONE
from tests.api.conftest import KEYRING, services
from tests.e2e.site import until
from worker import build_workers

TRACING_OFF = """
import sys, worker, api.app
from runtime import tracing
assert tracing.tracer_provider("x") is None and tracing.interceptors(None) == ()
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter",
    "temporalio.contrib.opentelemetry"))])
"""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Span]]:
    """The spans that arrive at the collector configured in the environment."""
    spans: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            export = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in export.resource_spans:
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv(tracing.ENDPOINT, f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        yield spans
        server.shutdown()
        thread.join()


def test_opentelemetry_is_not_loaded_if_tracing_is_off() -> None:
    loaded = subprocess.run([sys.executable, "-c", TRACING_OFF], capture_output=True, text=True, check=True, env={})
    assert loaded.stdout.strip() == "[]"


async def test_one_trace_covers_the_request_the_workflow_and_the_activities(
    company: Database, temporal: WorkflowEnvironment, collector: list[Span]
) -> None:
    provider, queue = tracing.tracer_provider("test"), new_id()
    client = Client(
        temporal.client.service_client,
        namespace=temporal.client.namespace,
        data_converter=data_converter(KEYRING),
        interceptors=tracing.interceptors(provider),
    )
    await _place_order(company, client, queue, provider)
    async with tracing.flush_on_exit(provider):
        pass
    request = next(span for span in collector if span.name.startswith("POST "))
    names = {span.name for span in collector if span.trace_id == request.trace_id}
    assert request.name == "POST /api/v1/orders"
    assert {"StartWorkflow:NEW_SERVICE_DEVICE", "RunWorkflow:NEW_SERVICE_DEVICE", "RunActivity:rule"} <= names
    urls = {each.key: each.value.string_value for each in request.attributes if each.key.startswith("url.")}
    assert urls["url.path"] == urls["url.query"] == "…"


async def _place_order(company: Database, client: Client, queue: str, provider: TracerProvider | None) -> None:
    """Place an order and wait until its workflow has evaluated it."""
    dispatcher = OutboxDispatcher(company, client, task_queue=queue, timeout=timedelta(seconds=20))
    application = build_app(SiteAddress.of("http://t", "http://ui.test"), tracer=provider)
    application.state.services = await services(company, dispatcher, temporal=client)  # type: ignore[arg-type] # not recording
    async with company.transaction() as session:
        person = (await session.exec(select(PersonRow).where(col(PersonRow.name) == "Jordan Blake"))).one()
        token = await tokens.issue_token(session, person.tenant, person.id, at=utc_now())
    (core,) = build_workers(client, company, {}, keyring=KEYRING, task_queue=queue, calls_per_second={})
    async with core, httpx2.AsyncClient(transport=httpx2.ASGITransport(application), base_url="http://t") as http:
        placed = await http.post(
            "/api/v1/orders", params={"dry_run": "false"}, json=PHONE, headers={"Authorization": f"Bearer {token}"}
        )
        assert placed.status_code == 201, placed.text

        async def evaluated() -> OrderRow | None:
            async with company.transaction() as session:
                orders = await session.exec(select(OrderRow).where(col(OrderRow.status) == "AWAITING_APPROVAL"))
                return orders.first()

        await until(evaluated)
