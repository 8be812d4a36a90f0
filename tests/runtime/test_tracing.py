"""Traces: nothing of them while nobody wants any; else one from the request through the workflow to the activity."""

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
from sqlmodel import col, select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from api.app import _assemble
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

OFF = """
import sys, worker, api.app
from runtime import tracing
assert tracing.tracer_provider("x") is None and tracing.interceptors(None) == ()
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter",
    "temporalio.contrib.opentelemetry"))])
"""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Span]]:
    """The spans that arrived at a collector which the environment names."""
    spans: list[Span] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in sent.resource_spans:
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv(tracing.ENDPOINT, f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        yield spans
        server.shutdown()
        thread.join()


def test_nothing_of_it_is_loaded_while_nobody_wants_traces() -> None:
    loaded = subprocess.run([sys.executable, "-c", OFF], capture_output=True, text=True, check=True, env={})
    assert loaded.stdout.strip() == "[]"


async def test_one_trace_goes_from_the_request_through_the_workflow_to_the_activity(
    company: Database, temporal: WorkflowEnvironment, collector: list[Span]
) -> None:
    provider, queue = tracing.tracer_provider("test"), new_id()
    client = Client(
        temporal.client.service_client,
        namespace=temporal.client.namespace,
        data_converter=data_converter(KEYRING),
        interceptors=tracing.interceptors(provider),
    )
    await _order(company, client, queue, provider)
    async with tracing.flushed(provider):
        pass
    request = next(span for span in collector if span.name.startswith("POST "))
    of_request = {span.name for span in collector if span.trace_id == request.trace_id}
    assert request.name == "POST /api/v1/orders"
    assert {"StartWorkflow:NEW_SERVICE_DEVICE", "RunWorkflow:NEW_SERVICE_DEVICE", "RunActivity:rule"} <= of_request
    addresses = {one.key: one.value.string_value for one in request.attributes if one.key.startswith("url.")}
    assert addresses["url.path"] == addresses["url.query"] == "…"


async def _order(company: Database, client: Client, queue: str, provider: object) -> None:
    """Place an order and wait till its workflow has ruled on it."""
    dispatcher = OutboxDispatcher(company, client, task_queue=queue, patience=timedelta(seconds=20))
    application = _assemble("http://ui.test", lifespan=None, tracer=provider)  # type: ignore[arg-type]
    application.state.services = await services(company, dispatcher, temporal=client)  # type: ignore[arg-type]
    async with company.transaction() as session:
        person = (await session.exec(select(PersonRow).where(col(PersonRow.name) == "Jordan Blake"))).one()
        token = await tokens.issue(session, person.tenant, person.id, at=utc_now())
    (core,) = build_workers(client, company, {}, task_queue=queue, calls_per_second={})
    async with core, httpx2.AsyncClient(transport=httpx2.ASGITransport(application), base_url="http://t") as caller:
        placed = await caller.post(
            "/api/v1/orders", params={"dry_run": "false"}, json=PHONE, headers={"Authorization": f"Bearer {token}"}
        )
        assert placed.status_code == 201, placed.text

        async def ruled() -> OrderRow | None:
            async with company.transaction() as session:
                found = await session.exec(select(OrderRow).where(col(OrderRow.status) == "AWAITING_APPROVAL"))
                return found.first()

        await until(ruled)
