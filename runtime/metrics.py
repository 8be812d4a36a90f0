"""What is counted and timed. Labels come from closed lists: no tenant, person, order or address is ever one."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# A time series of its own for each counter, that says nothing Prometheus does not know.
disable_created_metrics()  # type: ignore[no-untyped-call]

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

REQUEST_SECONDS = Histogram(
    "dialtone_http_request_seconds",
    "Time to answer, by the route's template.",
    ["method", "route", "status"],
    buckets=_QUICK,
)
REQUESTS_IN_PROGRESS = Gauge("dialtone_http_requests_in_progress", "Requests that are being answered.")
PROBLEMS = Counter("dialtone_problems", "Refusals, by the code they carry.", ["code"])

MESSAGES = Counter("dialtone_messages", "Tries to deliver a message to a workflow.", ["kind", "outcome"])
MESSAGE_SECONDS = Histogram(
    "dialtone_message_delivery_seconds", "From a message's writing to its delivery.", ["kind"], buckets=_SLOW
)
MAILS = Counter("dialtone_mails", "Tries to send a mail.", ["outcome"])
CARRIER_CALL_SECONDS = Histogram(
    "dialtone_carrier_call_seconds", "Calls to carriers.", ["carrier", "call", "outcome"], buckets=_SLOW
)
RECONCILED = Counter("dialtone_reconciled_orders", "Quiet orders asked about at carriers.", ["carrier", "outcome"])
WORKER_READY = Gauge("dialtone_worker_ready", "1 while the worker takes on work.")
