"""How a carrier's responses are interpreted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version
from typing import Any

import httpx2
import pytest

from carriers.credentials import StaticToken
from carriers.rate_limit import RateLimit
from carriers.tmf622.client import TmfClient
from carriers.tmf622.documents import ProductOrder
from models.errors import CarrierDeclined, CarrierUnavailable
from tests.carriers.secret_question import add_secret_question, add_sent_secret
from tests.fixtures.throw_away import AddModule


def client_of(response: Callable[[httpx2.Request], httpx2.Response] | httpx2.Response) -> TmfClient:
    """A client of a carrier that sends this response, or responds by this function."""
    handler = response if callable(response) else lambda _: response
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    return TmfClient("Northwind", "http://carrier/", StaticToken("token"), RateLimit(1000), http)


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_a_declined_request_has_the_carriers_code_and_reason(status: int) -> None:
    response = httpx2.Response(status, json={"code": "creditDeclined", "reason": "over the limit"})
    with pytest.raises(CarrierDeclined, match="over the limit") as caught:
        await client_of(response).post("/productOrder", {})
    assert caught.value.facts == {"code": "creditDeclined"}


async def test_the_first_of_several_errors_is_the_reason() -> None:
    errors = [{"code": "missingProperty", "reason": "no ZIP"}, {"code": "otherIssue", "reason": "no name"}]
    with pytest.raises(CarrierDeclined, match="no ZIP"):
        await client_of(httpx2.Response(422, json=errors)).post("/productOrder", {})


@pytest.mark.parametrize("status", [422, 503])
async def test_a_reason_does_not_repeat_a_secret_that_was_sent(status: int, add_module: AddModule) -> None:
    add_sent_secret(add_module)
    product = {"productCharacteristic": [{"name": "portPin", "value": "4829"}, {"name": "MDN", "value": "+1312"}]}
    response = httpx2.Response(status, json={"code": "4829-wrong", "reason": "4829 does not belong to +1312"})
    with pytest.raises(CarrierDeclined if status == 422 else CarrierUnavailable) as caught:
        await client_of(response).post("/productOrder", {"productOrderItem": [{"product": product}]})
    assert caught.value.detail.endswith("••• does not belong to +1312")
    assert "4829" not in str(caught.value.facts)


async def test_a_reason_does_not_repeat_a_secret_that_no_action_sends(add_module: AddModule) -> None:
    add_secret_question(add_module)
    product = {"productCharacteristic": [{"name": "pin", "value": "4829"}]}
    response = httpx2.Response(422, json={"code": "wrong", "reason": "not 4829"})
    with pytest.raises(CarrierDeclined, match="not •••"):
        await client_of(response).patch("/productOrder/NW-1", {"productOrderItem": [{"product": product}]}, etag=None)


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[]", b'"no"'])
async def test_a_declined_request_needs_no_reason(body: bytes) -> None:
    with pytest.raises(CarrierDeclined, match="Northwind declined the request") as caught:
        await client_of(httpx2.Response(400, content=body)).post("/productOrder", {})
    assert caught.value.facts == {"code": "400"}


@pytest.mark.parametrize("status", [302, 401, 403, 404, 405, 408, 429, 500, 502, 503, 504])
async def test_other_errors_do_not_decline(status: int) -> None:
    with pytest.raises(CarrierUnavailable, match=str(status)):
        await client_of(httpx2.Response(status)).post("/productOrder", {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("86400", 3600), ("soon", None), ("-1", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
async def test_retry_after_has_a_limit(header: str, seconds: float | None) -> None:
    response = httpx2.Response(429, headers={"Retry-After": header})
    with pytest.raises(CarrierUnavailable) as caught:
        await client_of(response).get("/productOrder")
    assert caught.value.retry_after_seconds == seconds


async def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    with pytest.raises(CarrierUnavailable) as caught:
        await client_of(httpx2.Response(503, headers={"Retry-After": later})).get("/productOrder")
    assert 50 < (caught.value.retry_after_seconds or 0) <= 60


async def test_a_response_that_is_not_json_is_an_error() -> None:
    with pytest.raises(CarrierUnavailable, match="did not return JSON"):
        await client_of(httpx2.Response(201, content=b"<html>")).post("/productOrder", {})


async def test_an_unexpected_response_is_an_error_without_its_content() -> None:
    with pytest.raises(CarrierUnavailable) as caught:
        client_of(httpx2.Response(200)).parse(ProductOrder, ["LPA:1$secret"])
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)


async def test_a_request_has_the_token_and_the_standards_path() -> None:
    requests: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(200, json={})

    await client_of(respond).get("/productOrder/X")
    assert requests[0].headers["Authorization"] == "Bearer token"
    assert requests[0].headers["User-Agent"] == f"Dialtone/{version('dialtone')}"
    assert str(requests[0].url) == "http://carrier/tmf-api/productOrderingManagement/v4/productOrder/X"


async def test_an_error_contains_neither_token_nor_body() -> None:
    def drop(_: httpx2.Request) -> Any:
        raise httpx2.ReadError("gone")

    with pytest.raises(CarrierUnavailable) as caught:
        await client_of(drop).post("/productOrder", {"pin": "1234"})
    assert str(caught.value) == "Northwind did not respond: ReadError."


@pytest.mark.fault("3")
@pytest.mark.parametrize(("date", "at"), [
    ("Mon, 02 Nov 2026 09:00:00 GMT", datetime(2026, 11, 2, 9, tzinfo=UTC)),
    ("Mon, 02 Nov 2026 09:00:00 -0600", datetime(2026, 11, 2, 15, tzinfo=UTC)),
    ("Monday", None), ("Fri, 31 Dec 9999 23:59:59 -1400", None), (None, None),
])  # fmt: skip
async def test_a_document_is_as_of_the_request_by_the_carriers_clock(date: str | None, at: datetime | None) -> None:
    took = timedelta(seconds=4)

    class SlowResponse(httpx2.Response):
        elapsed = took

    response = SlowResponse(200, json={}, headers={"Date": date} if date else {})
    _, asked_at = await client_of(response).get_with_time("/productOrder/NW-1")
    assert asked_at == (at and at - took)
