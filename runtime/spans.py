"""What spans must not show; loaded only where traces are wanted."""

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

HIDDEN = "…"
# The route's template says what was asked for; the address itself may carry a signed link or a search.
_ADDRESSES = ("url.path", "url.query")


class WithoutAddresses(SpanProcessor):
    """Takes addresses out of spans before they are exported."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - its interface
        """Overwrite what has been set already."""
        for name in _ADDRESSES:
            if name in (span.attributes or {}):
                span.set_attribute(name, HIDDEN)
