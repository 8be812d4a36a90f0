"""The checks of traffic find violations, and only violations."""

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

from tests.carriers.carrier_client import carrier_order, connected_adapter
from tests.demo.simulator.simulator_client import running
from tests.tmf622.definition import Violation, base_path, check, document, operations
from tests.tmf622.traffic import TRAFFIC, Exchange, check_adapter_request, check_event, check_exchange, checked_traffic

HREF = "http://carrier/productOrder/C1"
ORDER: dict[str, Any] = {
    "id": "C1",
    "href": HREF,
    "orderDate": "2026-11-16T15:00:00Z",
    "state": "acknowledged",
    "productOrderItem": [{"id": "1", "action": "add"}],
    "relatedParty": [{"id": "northwind", "@referredType": "Organization"}],
}
REQUEST = {"productOrderItem": [{"id": "1", "action": "add"}]}


def exchange(
    response: Any = ORDER,
    *,
    method: str = "POST",
    path: str = "/productOrder",
    query: str = "",
    request: Any = REQUEST,
    status: int = 201,
    **headers: str,
) -> Exchange:
    defaults = {"content-type": "application/json", "location": HREF}
    defaults |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(
        method=method,
        path=base_path() + path,
        query=query,
        request_body=json.dumps(request).encode(),
        status=status,
        headers=frozenset(defaults.items()),
        response_body=b"" if response is None else json.dumps(response).encode(),
    )


def list_exchange(*orders: Any, count: int = 1, query: str = "", **headers: str) -> Exchange:
    counts = {"x_total_count": "1", "x_result_count": str(count)}
    return exchange(list(orders), method="GET", status=200, query=query, **counts | headers)


def event(kind: str = "ProductOrderStateChangeEvent", order: Any = ORDER, **more: Any) -> bytes:
    envelope = {
        "eventId": "E1",
        "eventTime": "2026-11-16T15:00:00Z",
        "eventType": kind,
        "event": {"productOrder": order},
    }
    return json.dumps(envelope | more).encode()


def adapter_request(method: str, path: str, body: Any = None) -> httpx2.Request:
    return httpx2.Request(method, f"http://carrier{base_path()}{path}", json=body)


@pytest.mark.parametrize(
    "make",
    [
        exchange,
        lambda: list_exchange(ORDER),
        lambda: list_exchange(ORDER, query="state=held&productOrderItem.id=1&orderDate.gt=2026-11-01&limit=1"),
        lambda: list_exchange({"id": "C1", "href": HREF}, query="fields=id"),
        lambda: exchange({"code": "x", "reason": "y"}, status=409, request={}),
        lambda: exchange({"code": "x", "reason": "y"}, status=503),
        lambda: exchange({"code": "x", "reason": "y"}, method="PUT", status=405),
        lambda: exchange(None, method="DELETE", path="/productOrder/C1", status=204),
        lambda: exchange(method="PATCH", path="/productOrder/C1", status=200, request={"description": None}),
    ],
)
def test_a_valid_exchange_passes(make: Callable[[], Exchange]) -> None:
    check_exchange(make())


@pytest.mark.parametrize(
    ("make", "message"),
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
        (lambda: exchange(ORDER | {"state": "inProgress"}), "lacks its expectedCompletionDate"),
        (
            lambda: exchange(ORDER | {"state": "failed", "expectedCompletionDate": "2026-11-16T15:00:00Z"}),
            "has no expectedCompletionDate",
        ),
        (lambda: exchange(location="http://carrier/elsewhere"), "Location"),
        (lambda: exchange(content_type="text/html"), "text/html"),
        (lambda: replace(exchange(status=400), response_body=b"Invalid host"), "not JSON"),
        (lambda: exchange(status=202), r"may only return \[201"),
        (lambda: exchange({"reason": "no"}, status=400), "'code' is a required property"),
        (lambda: exchange({"code": "x", "reason": "y", "status": 400}, status=400), "400 is not of type 'string'"),
        (lambda: exchange(request={"productOrderItem": []}), "should be non-empty"),
        (
            lambda: exchange(request=REQUEST | {"relatedParty": [{"id": "me"}]}),
            "'@referredType' is a required property",
        ),
        (lambda: exchange(method="PUT"), "no such operation"),
        (lambda: exchange(path="/shoes"), "no such operation"),
        (lambda: exchange({}, method="DELETE", path="/productOrder/C1", status=204), "none is defined"),
        (lambda: list_exchange(ORDER, query="color=red"), "no parameter color"),
        (lambda: list_exchange(ORDER, count=2), "X-Result-Count"),
        (lambda: list_exchange(ORDER, x_total_count="many"), r"\['X-Total-Count'\]"),
        (lambda: list_exchange({"id": "C1", "href": HREF}), "'productOrderItem' is a required property"),
        (lambda: list_exchange({"id": "C1"}, query="fields=id"), "lacks.*href"),
        (lambda: exchange(method="GET", status=200, x_total_count="1", x_result_count="1"), "not of type 'array'"),
    ],
)
def test_an_invalid_exchange_is_found(make: Callable[[], Exchange], message: str) -> None:
    with pytest.raises(Violation, match=message):
        check_exchange(make())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: event("ProductOrderShoesEvent"), "no ProductOrderShoesEvent"),
        (lambda: event(eventTime="now"), "not a 'date-time'"),
        (lambda: event(shoeSize=9), "shoeSize"),
        (lambda: event(order=ORDER | {"state": "lost"}), "'lost' is not one of"),
        (lambda: event(order=ORDER | {"state": "completed"}), "completionDate"),
        (lambda: event("ProductOrderAttributeValueChangeEvent", fieldPath="x"), "does not name it"),
    ],
)
def test_an_invalid_event_is_found(make: Callable[[], bytes], message: str) -> None:
    assert check_event(event()) == "ProductOrderStateChangeEvent"
    with pytest.raises(Violation, match=message):
        check_event(make())


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (("POST", "/productOrder", REQUEST | {"shoeSize": 9}), "shoeSize"),
        (("POST", "/productOrder", {"productOrderItem": [{"id": "1", "action": "add", "color": 1}]}), "color"),
        (("POST", "/productOrder", {"productOrderItem": [{"id": "1", "action": "explode"}]}), "explode"),
        (("PATCH", "/productOrder/C1", {"description": "x"}), "'productOrderItem' is a required property"),
        (("POST", "/cancelProductOrder", {"productOrder": {}}), "'id' is a required property"),
        (("POST", "/hub", {"query": "x"}), "'callback' is a required property"),
        (("GET", "/productOrder?color=red"), "no parameter color"),
        (("GET", "/productOrders"), "no such operation"),
        (("PUT", "/productOrder/C1", REQUEST), "no such operation"),
        (("PATCH", "/productOrder/C1", REQUEST), "a PATCH of application/json"),
    ],
)
def test_an_invalid_request_of_the_adapter_is_found(sent: tuple[Any, ...], message: str) -> None:
    with pytest.raises(Violation, match=message):
        check_adapter_request(adapter_request(*sent))


async def test_an_invalid_response_fails_the_test_that_uses_the_carrier() -> None:
    async def respond(_: Request) -> Response:
        return JSONResponse({"id": "C1"}, status_code=201)

    app = Starlette(routes=[Route(f"{base_path()}/productOrder", respond, methods=["POST"])])
    fixture = checked_traffic()
    next(fixture)
    async with running(app) as url, connected_adapter(url) as carrier:
        await carrier.submit(carrier_order())
    assert TRAFFIC.requests == {"POST /productOrder"}
    with pytest.raises(AssertionError, match="'productOrderItem' is a required property"):
        next(fixture, None)
    TRAFFIC.clear()


def test_the_definition_uses_only_the_parts_of_swagger_that_are_checked() -> None:
    """Ignoring a part of Swagger that the definition uses would let violations pass."""
    assert (document()["swagger"], document()["info"]["version"]) == ("2.0", "4.0.0")
    text = json.dumps(document()["definitions"])
    assert not [word for word in ("x-nullable", "discriminator", "readOnly", "allOf", "file") if f'"{word}":' in text]
    assert len(operations()) == 10
    with pytest.raises(Violation):
        check("ProductOrder", {})
