"""OpenTelemetry traces. The SDK is loaded only if OTEL_EXPORTER_OTLP_ENDPOINT is set."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from temporalio.contrib.opentelemetry import TracingInterceptor

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def tracer_provider(service: str) -> "TracerProvider | None":
    """A provider configured by the standard OTEL variables; None if tracing is off."""
    if not os.environ.get(ENDPOINT):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from runtime.spans import UrlRedactor

    name = os.environ.get("OTEL_SERVICE_NAME", service)
    provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
    provider.add_span_processor(UrlRedactor())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def interceptors(provider: "TracerProvider | None") -> "Sequence[TracingInterceptor]":
    """Temporal interceptors that carry a trace from the client to the activity."""
    if provider is None:
        return ()
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return (TracingInterceptor(provider.get_tracer("dialtone")),)


@asynccontextmanager
async def flush_on_exit(provider: "TracerProvider | None") -> AsyncIterator[None]:
    """Export the remaining spans when the block ends."""
    try:
        yield
    finally:
        if provider is not None:
            await asyncio.to_thread(provider.shutdown)
