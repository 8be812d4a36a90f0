"""Checks all traffic of a carrier against the official definition."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.tmf622.definition import (
    Json,
    Operation,
    ResponseDefinition,
    Violation,
    base_path,
    check,
    check_request,
    document,
    operation_of,
)

MANDATORY = frozenset({"id", "href", "orderDate", "state", "productOrderItem", "relatedParty"})
ENDED = frozenset({"completed", "partial", "failed", "rejected", "cancelled"})
NO_SUCH_OPERATION = frozenset({404, 405})
# What any HTTP server or a gateway in front of it can send, so the definition does not list it.
GENERAL_RESPONSES = dict.fromkeys(
    (406, 412, 415, 429, 503), ResponseDefinition(schema="Error", is_list=False, headers=frozenset())
)
# TMF630 has merge patches; all else is JSON, as the definition says.
MEDIA_TYPES = {"POST": "application/json", "PATCH": "application/merge-patch+json"}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request to a carrier and its response."""

    method: str
    path: str
    query: str
    request_body: bytes
    status: int
    headers: frozenset[tuple[str, str]]
    response_body: bytes

    @property
    def partial(self) -> bool:
        """Whether only some attributes were requested."""
        return "fields" in dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass
class Traffic:
    """What was sent during one test: requests of the adapter, responses and events of the carrier, and violations."""

    requests: set[str] = field(default_factory=set)
    responses: set[tuple[str, int]] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def clear(self) -> None:
        for recorded in (self.requests, self.responses, self.events, self.violations):
            recorded.clear()

    def record_exchange(self, exchange: Exchange) -> None:
        what = f"{exchange.method} {exchange.path}?{exchange.query} -> {exchange.status}"
        self._check(what, lambda: self.responses.add((check_exchange(exchange), exchange.status)))

    def record_event(self, body: bytes) -> None:
        self._check(body.decode(), lambda: self.events.add(check_event(body)))

    async def record_request(self, request: httpx2.Request) -> None:
        """An event hook of the adapter's HTTP client. What it sends to other APIs of the carrier is not TMF622."""
        if not request.url.path.startswith(base_path()):
            return
        self._check(f"{request.method} {request.url}", lambda: self.requests.add(check_adapter_request(request)))

    def _check(self, what: str, check_it: Callable[[], None]) -> None:
        """Run a check and keep its violation. Raising here would change the traffic; the fixture raises at the end."""
        try:
            check_it()
        except Violation as violation:
            self.violations.append(f"{what}: {violation}")


TRAFFIC = Traffic()


def checked_traffic() -> Iterator[Traffic]:
    """The body of a fixture: the test fails if any traffic violated the definition."""
    TRAFFIC.clear()
    yield TRAFFIC
    if TRAFFIC.violations:
        raise Violation("\n".join(TRAFFIC.violations))


def with_traffic_checks(app: ASGIApp) -> ASGIApp:
    """The application, with the exchanges below the standard's base path checked."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(base_path()):
            await app(scope, receive, send)
            return
        request_body, response_body = bytearray(), bytearray()
        start: Message = {}

        async def receive_recorded() -> Message:
            message = await receive()
            request_body.extend(message.get("body", b""))
            return message

        async def send_recorded(message: Message) -> None:
            response_body.extend(message.get("body", b""))
            if message["type"] == "http.response.start":
                start.update(message)
            elif not message.get("more_body"):
                TRAFFIC.record_exchange(_exchange(scope, bytes(request_body), start, bytes(response_body)))
            await send(message)

        await app(scope, receive_recorded, send_recorded)

    return checked


def check_adapter_request(request: httpx2.Request) -> str:
    """Check a request of the adapter, which may have no unknown properties; returns the operation's name."""
    operation = operation_of(request.method, request.url.path)
    if operation is None:
        raise Violation("the definition has no such operation")
    check_request(operation, request.url.query.decode(), _json(request.content), closed=True)
    if request.headers.get("Content-Type") != MEDIA_TYPES.get(request.method):
        raise Violation(f"a {request.method} of {request.headers.get('Content-Type')}")
    return operation.name


@lru_cache(maxsize=4096)
def check_exchange(exchange: Exchange) -> str:
    """Check a response, and that an accepted request was valid; returns the operation's name."""
    operation = operation_of(exchange.method, exchange.path)
    response = _json(exchange.response_body)
    if operation is None:
        if exchange.status not in NO_SUCH_OPERATION:
            raise Violation("the definition has no such operation")
        check("Error", response)
        return "no such operation"
    _check_response(operation, exchange, response)
    if exchange.status < 300:
        check_request(operation, exchange.query, _json(exchange.request_body))
    return operation.name


@lru_cache(maxsize=4096)
def check_event(body: bytes) -> str:
    """Check an event; returns its type."""
    event = _json(body)
    kind = str(event.get("eventType"))
    if kind not in document()["definitions"]:
        raise Violation(f"the definition has no {kind}")
    check(kind, event, closed=True)
    if missing := {"eventId", "eventTime", "event"} - event.keys():
        raise Violation(f"an event lacks {sorted(missing)}")
    if order := event["event"].get("productOrder"):
        check_order(order)
        if "fieldPath" in event and event["event"].get("orderItemId") not in _ids(order["productOrderItem"]):
            raise Violation("an event of an item does not name it")
    return kind


def check_order(order: Json) -> None:
    """Check the rules of the conformance profile and of MEF 123, which the schema does not have."""
    state = order["state"]
    if missing := MANDATORY - {name for name, value in order.items() if value}:
        raise Violation(f"an order lacks {sorted(missing)}")
    if ("completionDate" in order) is not (state == "completed"):
        raise Violation(f"only a completed order has a completionDate, and this order is {state}")
    if "expectedCompletionDate" in order and state in ENDED:
        raise Violation(f"an order that is {state} has no expectedCompletionDate")
    if "expectedCompletionDate" not in order and state == "inProgress":
        raise Violation("an order in progress lacks its expectedCompletionDate")


def _check_response(operation: Operation, exchange: Exchange, response: Any) -> None:
    responses = {**operation.responses, **GENERAL_RESPONSES}
    if exchange.status not in responses:
        raise Violation(f"{operation.name} may only return {sorted(responses)}")
    defined = responses[exchange.status]
    if defined.schema is None and exchange.response_body:
        raise Violation("there is a body where none is defined")
    if defined.schema is not None:
        check(defined.schema, response, is_list=defined.is_list, partial=exchange.partial)
        _check_headers(defined, dict(exchange.headers), response)
        for resource in response if defined.is_list else [response]:
            _check_resource(defined.schema, resource, exchange)


def _check_headers(defined: ResponseDefinition, headers: Mapping[str, str], response: Any) -> None:
    if not headers.get("content-type", "").startswith("application/json"):
        raise Violation(f"a response is {headers.get('content-type')}")
    if wrong := [name for name in defined.headers if not headers.get(name.lower(), "").isdigit()]:
        raise Violation(f"the headers {sorted(wrong)} are not numbers")
    if "X-Result-Count" in defined.headers and int(headers["x-result-count"]) != len(response):
        raise Violation("X-Result-Count is not the number of results")


def _check_resource(schema: str, resource: Json, exchange: Exchange) -> None:
    if schema not in {"ProductOrder", "CancelProductOrder"}:
        return
    if missing := {"id", "href"} - resource.keys():
        raise Violation(f"a {schema} lacks {sorted(missing)}")
    if exchange.status == 201 and dict(exchange.headers).get("location") != resource["href"]:
        raise Violation("the Location is not the href")
    if schema == "ProductOrder" and not exchange.partial:
        check_order(resource)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError as error:
        raise Violation(f"not JSON: {body!r}") from error


def _ids(items: list[Json]) -> set[str]:
    return {item["id"] for item in items}


def _exchange(scope: Scope, request_body: bytes, start: Message, response_body: bytes) -> Exchange:
    return Exchange(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode(),
        request_body=request_body,
        status=start["status"],
        headers=frozenset((name.decode().lower(), value.decode()) for name, value in start["headers"]),
        response_body=response_body,
    )
