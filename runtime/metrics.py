"""Prometheus metrics. Label values come from closed lists, never from tenants, people, orders or addresses."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# They would add a time series to every counter that Prometheus does not need.
disable_created_metrics()  # type: ignore[no-untyped-call] # the library has no annotation

_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_DELIVERY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

REQUEST_SECONDS = Histogram(
    "dialtone_http_request_seconds",
    "Time to answer a request, by route template.",
    ["method", "route", "status"],
    buckets=_REQUEST_BUCKETS,
)
REQUESTS_IN_PROGRESS = Gauge("dialtone_http_requests_in_progress", "Requests in progress.")
PROBLEMS = Counter("dialtone_problems", "Error responses, by code.", ["code"])

MESSAGES = Counter("dialtone_messages", "Attempts to deliver a message to a workflow.", ["kind", "outcome"])
MESSAGE_SECONDS = Histogram(
    "dialtone_message_delivery_seconds",
    "Time from enqueuing a message to its delivery.",
    ["kind"],
    buckets=_DELIVERY_BUCKETS,
)
EMAILS = Counter("dialtone_emails", "Attempts to send an email.", ["outcome"])
CARRIER_CALL_SECONDS = Histogram(
    "dialtone_carrier_call_seconds",
    "Duration of calls to carriers.",
    ["carrier", "call", "outcome"],
    buckets=_DELIVERY_BUCKETS,
)
RECONCILED = Counter("dialtone_reconciled_orders", "Quiet orders polled at carriers.", ["carrier", "outcome"])
UNREADABLE = Counter("dialtone_carrier_values_unreadable", "Values of carriers that were passed over.", ["leaf"])
PAYLOADS_WITHOUT_KEY = Counter(
    "dialtone_payloads_without_key", "Payloads of Temporal that were encrypted with a key this process lacks."
)
WORKER_READY = Gauge("dialtone_worker_ready", "1 while the worker accepts work.")
