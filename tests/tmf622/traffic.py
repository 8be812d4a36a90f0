"""Real traffic of a carrier, all of it held against the official definition while it passes."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.tmf622.definition import (
    DEFINITION,
    Answer,
    Json,
    Operation,
    Violation,
    base_path,
    check,
    check_request,
    document,
    operation_of,
)

MANDATORY = frozenset({"id", "href", "orderDate", "state", "productOrderItem", "relatedParty"})
ENDED = frozenset({"completed", "partial", "failed", "rejected", "cancelled"})
NOWHERE = frozenset({404, 405})
# Whatever stands before an API may answer this for it; the definition of the API itself does not know them.
TURNED_AWAY = dict.fromkeys((429, 503), Answer(schema="Error", listed=False, headers=frozenset()))


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request to a carrier and its answer."""

    method: str
    path: str
    query: str
    sent: bytes
    status: int
    headers: frozenset[tuple[str, str]]
    answered: bytes

    @property
    def partial(self) -> bool:
        """Tell whether only some attributes were asked for."""
        return "fields" in dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass
class Traffic:
    """What passed since the last test: what the adapter asked, what was answered and told, and what was wrong."""

    asked: set[str] = field(default_factory=set)
    answered: set[tuple[str, int]] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything."""
        for kept in (self.asked, self.answered, self.told, self.wrong):
            kept.clear()

    def judge(self, what: str, check_it: Callable[[], None]) -> None:
        """Note what is wrong with something that passes; it goes on, for it is not ours to hold up."""
        if DEFINITION.exists():
            try:
                check_it()
            except Violation as violation:
                self.wrong.append(f"{what}: {violation}")

    def exchange(self, exchange: Exchange) -> None:
        """Take a request and its answer."""
        what = f"{exchange.method} {exchange.path}?{exchange.query} -> {exchange.status}"
        self.judge(what, lambda: self.answered.add((check_exchange(exchange), exchange.status)))

    def event(self, body: bytes) -> None:
        """Take an event."""
        self.judge(body.decode(), lambda: self.told.add(check_event(body)))

    async def request(self, request: httpx2.Request) -> None:
        """Take a request of the adapter, as an event hook of its client."""
        self.judge(f"{request.method} {request.url}", lambda: self.asked.add(check_asked(request)))


TRAFFIC = Traffic()


def watched() -> Iterator[Traffic]:
    """The body of a fixture: a test fails where anything that passed meanwhile was not as defined."""
    TRAFFIC.clear()
    yield TRAFFIC
    if TRAFFIC.wrong:
        raise Violation("\n".join(TRAFFIC.wrong))


def watching(app: ASGIApp) -> ASGIApp:
    """The application, its exchanges under the standard's base path judged before they are answered."""

    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(base_path()):
            await app(scope, receive, send)
            return
        sent, answered = bytearray(), bytearray()
        start: Message = {}

        async def hear() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            answered.extend(message.get("body", b""))
            if message["type"] == "http.response.start":
                start.update(message)
            elif not message.get("more_body"):
                TRAFFIC.exchange(_exchange(scope, bytes(sent), start, bytes(answered)))
            await send(message)

        await app(scope, hear, say)

    return watch if DEFINITION.exists() else app


def check_asked(request: httpx2.Request) -> str:
    """Hold a request of ours against the definition, without any members it does not have; gives the operation."""
    operation = operation_of(request.method, request.url.path)
    if operation is None:
        raise Violation("the definition has no such operation")
    check_request(operation, request.url.query.decode(), _read(request.content), closed=True)
    return operation.name


@lru_cache(maxsize=4096)
def check_exchange(exchange: Exchange) -> str:
    """Hold an exchange against the definition: what is accepted must have been valid. Gives the operation."""
    operation = operation_of(exchange.method, exchange.path)
    answer = _read(exchange.answered)
    if operation is None:
        if exchange.status not in NOWHERE:
            raise Violation("the definition has no such operation")
        check("Error", answer)
        return "nowhere"
    _check_answer(operation, exchange, answer)
    if exchange.status < 300:
        check_request(operation, exchange.query, _read(exchange.sent))
    return operation.name


@lru_cache(maxsize=4096)
def check_event(body: bytes) -> str:
    """Hold an event against the definition of its type; gives the type."""
    event = _read(body)
    kind = str(event.get("eventType"))
    if kind not in document()["definitions"]:
        raise Violation(f"the definition has no {kind}")
    check(kind, event, closed=True)
    if lacking := {"eventId", "eventTime", "event"} - event.keys():
        raise Violation(f"an event lacks {sorted(lacking)}")
    if order := event["event"].get("productOrder"):
        check_order(order)
        if "fieldPath" in event and event["event"].get("orderItemId") not in _ids(order["productOrderItem"]):
            raise Violation("an event of an item does not name it")
    return kind


def check_order(order: Json) -> None:
    """What the conformance profile and the rules of MEF 123 ask of an order, on top of its schema."""
    state = order["state"]
    if lacking := MANDATORY - {name for name, value in order.items() if value}:
        raise Violation(f"an order lacks {sorted(lacking)}")
    if ("completionDate" in order) is not (state == "completed"):
        raise Violation(f"only what is completed has a completionDate, and this order is {state}")
    if "expectedCompletionDate" in order and state in ENDED:
        raise Violation(f"nothing is expected of an order that is {state}")
    if "expectedCompletionDate" not in order and state == "inProgress":
        raise Violation("an order in progress does not say until when")


def _check_answer(operation: Operation, exchange: Exchange, answer: Any) -> None:
    answers = {**operation.answers, **TURNED_AWAY}
    if exchange.status not in answers:
        raise Violation(f"{operation.name} knows only {sorted(answers)}")
    defined = answers[exchange.status]
    if defined.schema is None and exchange.answered:
        raise Violation("there is a body where none is defined")
    if defined.schema is not None:
        check(defined.schema, answer, listed=defined.listed, partial=exchange.partial)
        _check_headers(defined, dict(exchange.headers), answer)
        for resource in answer if defined.listed else [answer]:
            _check_resource(defined.schema, resource, exchange)


def _check_headers(defined: Answer, headers: Mapping[str, str], answer: Any) -> None:
    if not headers.get("content-type", "").startswith("application/json"):
        raise Violation(f"an answer is {headers.get('content-type')}")
    if lacking := [name for name in defined.headers if not headers.get(name.lower(), "").isdigit()]:
        raise Violation(f"the headers {sorted(lacking)} are not given as numbers")
    if "X-Result-Count" in defined.headers and int(headers["x-result-count"]) != len(answer):
        raise Violation("X-Result-Count is not the number of what was given")


def _check_resource(schema: str, resource: Json, exchange: Exchange) -> None:
    if schema not in {"ProductOrder", "CancelProductOrder"}:
        return
    if lacking := {"id", "href"} - resource.keys():
        raise Violation(f"a {schema} lacks {sorted(lacking)}")
    if exchange.status == 201 and dict(exchange.headers).get("location") != resource["href"]:
        raise Violation("the Location is not the href")
    if schema == "ProductOrder" and not exchange.partial:
        check_order(resource)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError as error:
        raise Violation(f"no JSON: {body!r}") from error


def _ids(items: list[Json]) -> set[str]:
    return {item["id"] for item in items}


def _exchange(scope: Scope, sent: bytes, start: Message, answered: bytes) -> Exchange:
    return Exchange(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode(),
        sent=sent,
        status=start["status"],
        headers=frozenset((name.decode().lower(), value.decode()) for name, value in start["headers"]),
        answered=answered,
    )
