"""The judge of all traffic can tell wrong from right."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.carriers.carrier_client import reaching, work
from tests.demo.simulator.simulator_client import running
from tests.tmf622.definition import Violation, base_path, check, document, needs_definition, operations
from tests.tmf622.traffic import TRAFFIC, Exchange, check_asked, check_event, check_exchange, watched

pytestmark = needs_definition

HREF = "http://carrier/productOrder/C1"
ORDER: dict[str, Any] = {
    "id": "C1",
    "href": HREF,
    "orderDate": "2026-11-16T15:00:00Z",
    "state": "acknowledged",
    "productOrderItem": [{"id": "1", "action": "add"}],
    "relatedParty": [{"id": "northwind", "@referredType": "Organization"}],
}
ASKED = {"productOrderItem": [{"id": "1", "action": "add"}]}


def exchange(
    answer: Any = ORDER,
    *,
    method: str = "POST",
    path: str = "/productOrder",
    query: str = "",
    sent: Any = ASKED,
    status: int = 201,
    **headers: str,
) -> Exchange:
    given = {"content-type": "application/json", "location": HREF}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(
        method=method,
        path=base_path() + path,
        query=query,
        sent=json.dumps(sent).encode(),
        status=status,
        headers=frozenset(given.items()),
        answered=b"" if answer is None else json.dumps(answer).encode(),
    )


def listed(*answer: Any, count: int = 1, query: str = "", **headers: str) -> Exchange:
    counts = {"x_total_count": "1", "x_result_count": str(count)}
    return exchange(list(answer), method="GET", status=200, query=query, **counts | headers)


def event(kind: str = "ProductOrderStateChangeEvent", order: Any = ORDER, **more: Any) -> bytes:
    told = {"eventId": "E1", "eventTime": "2026-11-16T15:00:00Z", "eventType": kind, "event": {"productOrder": order}}
    return json.dumps(told | more).encode()


def asking(method: str, path: str, body: Any = None) -> httpx2.Request:
    return httpx2.Request(method, f"http://carrier{base_path()}{path}", json=body)


@pytest.mark.parametrize(
    "make",
    [
        exchange,
        lambda: listed(ORDER),
        lambda: listed(ORDER, query="state=held&productOrderItem.id=1&orderDate.gt=2026-11-01&limit=1"),
        lambda: listed({"id": "C1", "href": HREF}, query="fields=id"),
        lambda: exchange({"code": "x", "reason": "y"}, status=409, sent={}),
        lambda: exchange({"code": "x", "reason": "y"}, status=503),
        lambda: exchange({"code": "x", "reason": "y"}, method="PUT", status=405),
        lambda: exchange(None, method="DELETE", path="/productOrder/C1", status=204),
        lambda: exchange(method="PATCH", path="/productOrder/C1", status=200, sent={"description": None}),
    ],
)
def test_what_is_as_defined_passes(make: Callable[[], Exchange]) -> None:
    check_exchange(make())


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: exchange(ORDER | {"state": "lost"}), "'lost' is not one of"),
        (lambda: exchange(ORDER | {"orderDate": "2026-11-16"}), "not a 'date-time'"),
        (lambda: exchange(ORDER | {"orderDate": "2026-11-16T15:00:00"}), "not a 'date-time'"),
        (lambda: exchange(ORDER | {"@schemaLocation": "here"}), "not a 'uri'"),
        (lambda: exchange(ORDER | {"productOrderItem": [{"id": "1"}]}), "'action' is a required property"),
        (lambda: exchange(ORDER | {"priority": 1}), "1 is not of type 'string'"),
        (lambda: exchange(ORDER | {"relatedParty": []}), "lacks.*relatedParty"),
        (lambda: exchange({name: value for name, value in ORDER.items() if name != "orderDate"}), "lacks.*orderDate"),
        (lambda: exchange(ORDER | {"state": "completed"}), "completionDate"),
        (lambda: exchange(ORDER | {"completionDate": "2026-11-16T15:00:00Z"}), "completionDate"),
        (lambda: exchange(ORDER | {"state": "inProgress"}), "until when"),
        (
            lambda: exchange(ORDER | {"state": "failed", "expectedCompletionDate": "2026-11-16T15:00:00Z"}),
            "nothing is expected",
        ),
        (lambda: exchange(location="http://carrier/elsewhere"), "Location"),
        (lambda: exchange(content_type="text/html"), "text/html"),
        (lambda: replace(exchange(status=400), answered=b"Invalid host"), "no JSON"),
        (lambda: exchange(status=202), r"knows only \[201"),
        (lambda: exchange({"reason": "no"}, status=400), "'code' is a required property"),
        (lambda: exchange({"code": "x", "reason": "y", "status": 400}, status=400), "400 is not of type 'string'"),
        (lambda: exchange(sent={"productOrderItem": []}), "should be non-empty"),
        (lambda: exchange(sent=ASKED | {"relatedParty": [{"id": "me"}]}), "'@referredType' is a required property"),
        (lambda: exchange(method="PUT"), "no such operation"),
        (lambda: exchange(path="/shoes"), "no such operation"),
        (lambda: exchange({}, method="DELETE", path="/productOrder/C1", status=204), "none is defined"),
        (lambda: listed(ORDER, query="color=red"), "no parameter color"),
        (lambda: listed(ORDER, count=2), "X-Result-Count"),
        (lambda: listed(ORDER, x_total_count="many"), r"\['X-Total-Count'\]"),
        (lambda: listed({"id": "C1", "href": HREF}), "'productOrderItem' is a required property"),
        (lambda: listed({"id": "C1"}, query="fields=id"), "lacks.*href"),
        (lambda: exchange(method="GET", status=200, x_total_count="1", x_result_count="1"), "not of type 'array'"),
    ],
)
def test_an_exchange_that_is_not_as_defined_is_caught(make: Callable[[], Exchange], complaint: str) -> None:
    with pytest.raises(Violation, match=complaint):
        check_exchange(make())


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: event("ProductOrderShoesEvent"), "no ProductOrderShoesEvent"),
        (lambda: event(eventTime="now"), "not a 'date-time'"),
        (lambda: event(shoeSize=9), "shoeSize"),
        (lambda: event(order=ORDER | {"state": "lost"}), "'lost' is not one of"),
        (lambda: event(order=ORDER | {"state": "completed"}), "completionDate"),
        (lambda: event("ProductOrderAttributeValueChangeEvent", fieldPath="x"), "does not name it"),
    ],
)
def test_an_event_that_is_not_as_defined_is_caught(make: Callable[[], bytes], complaint: str) -> None:
    assert check_event(event()) == "ProductOrderStateChangeEvent"
    with pytest.raises(Violation, match=complaint):
        check_event(make())


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (("POST", "/productOrder", ASKED | {"shoeSize": 9}), "shoeSize"),
        (("POST", "/productOrder", {"productOrderItem": [{"id": "1", "action": "add", "color": 1}]}), "color"),
        (("POST", "/productOrder", {"productOrderItem": [{"id": "1", "action": "explode"}]}), "explode"),
        (("PATCH", "/productOrder/C1", {"description": "x"}), "'productOrderItem' is a required property"),
        (("POST", "/cancelProductOrder", {"productOrder": {}}), "'id' is a required property"),
        (("POST", "/hub", {"query": "x"}), "'callback' is a required property"),
        (("GET", "/productOrder?color=red"), "no parameter color"),
        (("GET", "/productOrders"), "no such operation"),
        (("PUT", "/productOrder/C1", ASKED), "no such operation"),
    ],
)
def test_a_request_of_ours_that_is_not_as_defined_is_caught(said: tuple[Any, ...], complaint: str) -> None:
    with pytest.raises(Violation, match=complaint):
        check_asked(asking(*said))


async def test_a_carrier_that_answers_wrongly_fails_the_test_it_is_used_in() -> None:
    async def answer(request: Request) -> Response:
        found = [] if request.method == "GET" else {"id": "C1"}
        return JSONResponse(found, status_code=201 if request.method == "POST" else 200)

    app = Starlette(routes=[Route(f"{base_path()}/productOrder", answer, methods=["GET", "POST"])])
    fixture = watched()
    next(fixture)
    async with running(app) as url, reaching(url) as carrier:
        await carrier.submit(work())
    assert TRAFFIC.asked == {"GET /productOrder", "POST /productOrder"}
    with pytest.raises(AssertionError, match="'productOrderItem' is a required property"):
        next(fixture, None)
    TRAFFIC.clear()


def test_the_definition_is_of_the_version_and_the_kind_it_is_read_as() -> None:
    """A part of Swagger that is passed over here would make the judge lenient."""
    assert (document()["swagger"], document()["info"]["version"]) == ("2.0", "4.0.0")
    text = json.dumps(document()["definitions"])
    assert not [word for word in ("x-nullable", "discriminator", "readOnly", "allOf", "file") if f'"{word}":' in text]
    assert len(operations()) == 10
    with pytest.raises(Violation):
        check("ProductOrder", {})
