"""Error responses, from routes, the framework and bugs."""

from typing import Any
from unittest.mock import AsyncMock

import asyncpg
import httpx2
import pytest
from asyncpg.exceptions import CannotConnectNowError, InvalidPasswordError, TooManyConnectionsError
from fastapi import FastAPI
from sqlmodel import select, text
from structlog.testing import capture_logs

from api.app import create_app
from models.db.people.tables import PersonRow
from models.db.session import Database
from tests.api.api_client import PHONE, ApiTenant, RecordingDispatcher, code
from tests.api.conftest import services

SECRET = "postgresql://user:hunter2@db"


async def test_a_problem_names_the_error_and_the_request(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.get("/api/v1/orders/D7K-4F2", headers={"X-Request-ID": "abc-12345678"})
    assert answer.json() == {
        "type": "urn:dialtone:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Not found, or you don't have access.",
        "code": "NOT_FOUND",
        "instance": "/api/v1/orders/D7K-4F2",
        "request_id": "abc-12345678",
    }
    assert answer.headers["x-request-id"] == "abc-12345678"


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "expected"),
    [
        ("GET", "/api/v1/nothing", "", {}, (404, "NOT_FOUND")),
        ("PUT", "/api/v1/orders", "", {}, (405, "METHOD_NOT_ALLOWED")),
        (
            "POST",
            "/api/v1/orders",
            "a=b",
            {"Content-Type": "application/x-www-form-urlencoded"},
            (415, "UNSUPPORTED_MEDIA_TYPE"),
        ),
        ("POST", "/api/v1/orders", "{", {"Content-Type": "application/json"}, (422, "INVALID_REQUEST")),
        ("POST", "/api/v1/orders", "[]", {"Content-Type": "application/json"}, (422, "INVALID_REQUEST")),
        (
            "POST",
            "/api/v1/orders",
            "x" * 70_000,
            {"Content-Type": "application/json"},
            (413, "CONTENT_TOO_LARGE"),
        ),
        ("GET", "/api/v1/lines?q=%00", "", {}, (422, "INVALID_REQUEST")),
        ("GET", "/api/v1/orders/%00", "", {}, (422, "INVALID_REQUEST")),
    ],
)
async def test_every_error_is_a_problem_document(
    office: ApiTenant, method: str, path: str, *, content: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.request(method, path, content=content, headers=headers)
    assert code(answer) == expected


@pytest.mark.parametrize("value", ['"a\\u0000b"', '"\\ud800"', "NaN", "1e999"])
async def test_text_that_cannot_be_stored_is_rejected(office: ApiTenant, value: str) -> None:
    body = f'{{"type": "NEW_SERVICE_DEVICE", "answers": {{"ship_to": {{"name": {value}}}}}}}'
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", content=body, headers={"Content-Type": "application/json"})
    assert code(answer) == (422, "INVALID_REQUEST")


async def test_an_invalid_field_is_named_without_its_value(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=PHONE | {"effective_on": "hunter2", "color": "red"})
    assert {error["field"] for error in answer.json()["errors"]} == {"effective_on", "color"}
    assert "hunter2" not in answer.text


async def test_a_bug_is_answered_without_details_and_logged_once(company: Database) -> None:
    application = await _broken(company)
    with capture_logs() as logs:
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(application), base_url="http://dialtone.test"
        ) as client:
            answer = await client.get("/broken")
    assert code(answer) == (500, "INTERNAL_ERROR")
    assert "hunter2" not in answer.text
    assert [line["event"] for line in logs] == ["unexpected_error", "request"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def _broken(company: Database) -> FastAPI:
    application = create_app(await services(company, RecordingDispatcher()))

    @application.get("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    return application


async def test_without_the_database_the_response_asks_to_retry_later() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    application = create_app(await services(nowhere, RecordingDispatcher()))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application), base_url="http://dialtone.test"
    ) as client:
        answer = await client.get("/api/v1/orders", headers={"Authorization": "Bearer dt_x"})
    assert code(answer) == (503, "DATABASE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    await nowhere.close()


@pytest.mark.fault("21")
@pytest.mark.parametrize(("sqlstate", "expected"), [
    ("08006", 503), ("53100", 503), ("53300", 503), ("57P01", 503), ("57P03", 503), ("40P01", 503), ("40001", 503),
    ("57014", 503), ("55P03", 503), ("23505", 500), ("22012", 500),
])  # fmt: skip
async def test_what_passes_at_the_database_is_answered_with_503(
    company: Database, sqlstate: str, expected: int
) -> None:
    application = create_app(await services(company, RecordingDispatcher()))
    fails: Any = text(f"DO $$ BEGIN RAISE EXCEPTION 'hunter2' USING ERRCODE = '{sqlstate}'; END $$")

    @application.get("/fails")
    async def fail() -> None:
        async with company.transaction() as session:
            await session.exec(fails)

    answer = await _get(application, "/fails")
    assert (answer.status_code, "hunter2" in answer.text) == (expected, False)
    assert answer.headers.get("retry-after") == ("5" if expected == 503 else None)


@pytest.mark.parametrize("slow", [
    "SET LOCAL statement_timeout TO 50; SELECT pg_sleep(30)", "SET LOCAL lock_timeout TO 50; LOCK TABLE person",
])  # fmt: skip
async def test_a_stopped_query_is_answered_with_a_code_of_its_own(company: Database, slow: str) -> None:
    application = create_app(await services(company, RecordingDispatcher()))

    @application.get("/slow")
    async def be_slow() -> None:
        async with company.transaction() as session:
            for statement in slow.split("; "):
                stopped: Any = text(statement)
                await session.exec(stopped)

    async with company.transaction() as other:
        await other.first(select(PersonRow).limit(1).with_for_update())
        with capture_logs() as logs:
            answer = await _get(application, "/slow")
    assert code(answer) == (503, "QUERY_TIMEOUT")
    assert answer.json()["detail"] == "This took too long and was stopped. Try again in a moment."
    assert answer.headers["retry-after"] == "5"
    assert [line["event"] for line in logs] == ["query_timeout", "request"]


@pytest.mark.fault("21")
@pytest.mark.parametrize(("error", "expected"), [
    (CannotConnectNowError("starting up"), 503), (TooManyConnectionsError("full"), 503), (TimeoutError(), 503),
    (ConnectionRefusedError("hunter2"), 503), (InvalidPasswordError("hunter2"), 500),
])  # fmt: skip
async def test_an_error_while_connecting_is_answered_likewise(
    company: Database, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: int
) -> None:
    application = create_app(await services(company, RecordingDispatcher()))
    monkeypatch.setattr(asyncpg, "connect", AsyncMock(side_effect=error))
    answer = await _get(application, "/api/v1/orders", {"Authorization": "Bearer dt_x"})
    assert (answer.status_code, "hunter2" in answer.text) == (expected, False)
    assert answer.headers.get("retry-after") == ("5" if expected == 503 else None)


@pytest.mark.fault("21")
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("error", [
    FileNotFoundError("hunter2"), ConnectionRefusedError("hunter2"), TimeoutError("hunter2"),
])  # fmt: skip
async def test_an_error_of_anything_else_is_not_blamed_on_the_database(
    company: Database, error: Exception, *, inside: bool
) -> None:
    application = create_app(await services(company, RecordingDispatcher()))

    @application.get("/fails")
    async def fail() -> None:
        if not inside:
            raise error
        async with company.transaction() as session:
            await session.now()
            raise error

    assert code(await _get(application, "/fails")) == (500, "INTERNAL_ERROR")


async def _get(application: FastAPI, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application), base_url="http://dialtone.test"
    ) as client:
        return await client.get(path, headers=headers)


async def test_a_browser_gets_an_error_page(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.get("/admin/orders", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "You don&#39;t have permission to do this." in answer.text


async def test_a_signed_out_browser_is_redirected_to_sign_in_and_back(office: ApiTenant) -> None:
    async with office.anonymous(Accept="text/html") as client:
        answer = await client.get("/admin/orders?stuck=true")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/admin/orders%3Fstuck%3Dtrue")


async def test_the_openapi_document_has_the_problem_schema_and_unique_names(office: ApiTenant) -> None:
    async with office.anonymous() as client:
        document = (await client.get("/api/v1/openapi.json")).json()
    place = document["paths"]["/api/v1/orders"]["post"]
    assert place["operationId"] == "submitOrder"
    assert place["responses"]["422"]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert "code" in document["components"]["schemas"]["Problem"]["properties"]
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
    assert all(name.isalnum() for name in names)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/announcements", {"title": "New\0phones", "text": "They are here."}),
        ("/profile/tokens/new", {"name": "Re\0port"}),
        ("/people/new", {"name": "Ni\0na"}),
        ("/order/NEW_SERVICE_DEVICE", {"reason": "Be\0cause"}),
        ("/order/NEW_SERVICE_DEVICE/update", {"items": "9" * 5000, "reason": "Be\0cause"}),
        ("/order/NEW_SERVICE_DEVICE?line=%00&account=%00", {}),
    ],
)
async def test_forms_reject_text_that_cannot_be_stored(office: ApiTenant, path: str, form: dict[str, str]) -> None:
    async with await office.browser("Priya") as client:
        answer = await client.request("POST" if form else "GET", path, data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "<h1>" in answer.text
