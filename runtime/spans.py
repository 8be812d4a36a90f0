"""Span processing. A module of its own, because it loads the OpenTelemetry SDK."""

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

REDACTED = "…"
# The route template is enough; the URL itself may hold a signed link or a search.
_URL_ATTRIBUTES = ("url.path", "url.query")


class UrlRedactor(SpanProcessor):
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - SDK interface
        for name in _URL_ATTRIBUTES:
            if name in (span.attributes or {}):
                span.set_attribute(name, REDACTED)
