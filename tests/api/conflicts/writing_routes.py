"""The routes that can write, from the application, each in one group by how its conflicts are tested."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tests.api.conflicts.prepared import PREPARED
from tests.api.matrix.requests import ROUTES
from tests.api.matrix.rows import NEEDS_TEMPORAL, ROWS, Row

WRITING = frozenset(route for route in ROUTES if not route.startswith("GET "))
# The workflow is changed while the order's row is locked, and Temporal would be asked twice.
NOT_REPEATED = frozenset(route for route, row in ROWS.items() if row.statuses == NEEDS_TEMPORAL)
WRITES_NOTHING: Mapping[str, str] = MappingProxyType(
    {
        "POST /leaves": "it only leads to the page of a person",
        "POST /profile/factor": "the offer is in a cookie",
        "POST /api/v1/tasks/retry": "no task has this cause; each is settled as by /tasks/{task_id}/settle",
        "POST /admin/tasks/retry": "as in the API",
        "POST /codec/decode": "the request has no payloads; those of others are in tests/api/codec",
    }
)
LINKS = ("POST /approval-links/{approval_id}", "POST /approval-links/{approval_id}/new-link")
WEBHOOKS = ("POST /carriers/{code}/events", "POST /carriers/{code}/events/{secret}")
BY_ROW: Mapping[str, Row] = MappingProxyType(
    {route: row for route, row in ROWS.items() if route in WRITING - {*NOT_REPEATED, *PREPARED}}
    | {"POST /api/v1/orders": replace(ROWS["POST /api/v1/orders"], query="")}
)
