"""What a carrier's answers mean, whoever runs it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from carriers.tmf622.client import Client
from carriers.tmf622.documents import ProductOrder
from models.errors import CarrierRefused, CarrierUnavailable


def answering(answer: Callable[[httpx2.Request], httpx2.Response] | httpx2.Response) -> Client:
    handler = answer if callable(answer) else lambda _: answer
    return Client("Northwind", "http://carrier/", "token", httpx2.AsyncClient(transport=httpx2.MockTransport(handler)))


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_a_refusal_carries_the_carriers_code_and_reason(status: int) -> None:
    answer = httpx2.Response(status, json={"code": "creditDeclined", "reason": "over the limit"})
    with pytest.raises(CarrierRefused, match="over the limit") as caught:
        await answering(answer).post("/productOrder", {})
    assert caught.value.facts == {"code": "creditDeclined"}


async def test_the_first_of_several_errors_is_the_reason() -> None:
    errors = [{"code": "missingProperty", "reason": "no ZIP"}, {"code": "otherIssue", "reason": "no name"}]
    with pytest.raises(CarrierRefused, match="no ZIP"):
        await answering(httpx2.Response(422, json=errors)).post("/productOrder", {})


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[]", b'"no"'])
async def test_a_refusal_without_words_is_a_refusal(body: bytes) -> None:
    with pytest.raises(CarrierRefused, match="Northwind refused") as caught:
        await answering(httpx2.Response(400, content=body)).post("/productOrder", {})
    assert caught.value.facts == {"code": "400"}


@pytest.mark.parametrize("status", [302, 401, 403, 404, 405, 408, 429, 500, 502, 503, 504])
async def test_what_may_pass_or_an_operator_can_mend_is_no_refusal(status: int) -> None:
    with pytest.raises(CarrierUnavailable, match=str(status)):
        await answering(httpx2.Response(status)).post("/productOrder", {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("86400", 3600), ("soon", None), ("-1", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
async def test_retry_after_is_followed_within_reason(header: str, seconds: float | None) -> None:
    answer = httpx2.Response(429, headers={"Retry-After": header})
    with pytest.raises(CarrierUnavailable) as caught:
        await answering(answer).get("/productOrder")
    assert caught.value.retry_after_seconds == seconds


async def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    with pytest.raises(CarrierUnavailable) as caught:
        await answering(httpx2.Response(503, headers={"Retry-After": later})).get("/productOrder")
    assert 50 < (caught.value.retry_after_seconds or 0) <= 60


async def test_an_answer_that_is_no_json_is_no_answer() -> None:
    with pytest.raises(CarrierUnavailable, match="no JSON"):
        await answering(httpx2.Response(201, content=b"<html>")).post("/productOrder", {})


async def test_an_answer_that_cannot_be_read_is_no_answer_and_is_not_repeated() -> None:
    with pytest.raises(CarrierUnavailable) as caught:
        answering(httpx2.Response(200)).read(ProductOrder, {"activationCode": "LPA:1$secret"})
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)


async def test_every_call_presents_the_token_at_the_standards_address() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={})

    await answering(answer).get("/productOrder", query={"externalId": "X:1"})
    assert seen[0].headers["Authorization"] == "Bearer token"
    assert str(seen[0].url).startswith("http://carrier/tmf-api/productOrderingManagement/v4/productOrder?externalId=X")


async def test_neither_token_nor_body_is_in_an_error() -> None:
    def drop(_: httpx2.Request) -> Any:
        raise httpx2.ReadError("gone")

    with pytest.raises(CarrierUnavailable) as caught:
        await answering(drop).post("/productOrder", {"pin": "1234"})
    assert str(caught.value) == "Northwind did not answer: ReadError."
