"""Requests that are made to break something: other hosts, deep documents."""

import pytest

from api.app import create_app
from models.db.session import Database
from tests.api.api_client import ApiTenant, RecordingDispatcher, code
from tests.api.conftest import services


@pytest.mark.fault("52")
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "dialtone.test.evil.example", "", "[", "dialtone.test@evil.example"]
)
async def test_a_request_for_another_host_is_rejected(office: ApiTenant, host: str) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.get("/api/v1/orders", headers={"Host": host})
        assert code(answer) == (421, "UNKNOWN_HOST")
        assert (await client.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["dialtone.test", "DIALTONE.test:8443"])
async def test_a_request_for_the_public_host_is_answered(office: ApiTenant, host: str) -> None:
    async with await office.client("Jordan") as client:
        assert (await client.get("/api/v1/orders", headers={"Host": host})).status_code == 200


@pytest.mark.fault("52")
@pytest.mark.parametrize("path", ["/orders/", "/approve/secret/", "/reset/secret/", "/api/v1/orders/"])
async def test_no_redirect_repeats_the_path(office: ApiTenant, path: str) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.get(path)
    assert answer.status_code in {404, 410}
    assert "location" not in answer.headers


HTTPS, HTTP = "https://dialtone.test", "http://dialtone.test"


@pytest.mark.fault("51")
@pytest.mark.parametrize(("url", "header"), [(HTTPS, "max-age=31536000"), (HTTP, None)])
async def test_with_https_browsers_use_nothing_else(company: Database, url: str, header: str | None) -> None:
    dispatcher = RecordingDispatcher()
    office = ApiTenant(create_app(await services(company, dispatcher, public_url=url)), company, dispatcher)
    async with office.anonymous() as client:
        answer = await client.get("/sign-in")
    assert answer.headers.get("strict-transport-security") == header


DEPTHS = [30, 300, 500, 900, 990, 1100, 30_000]


@pytest.mark.fault("52")
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("around", ["%s", '{"type": "NEW_SERVICE_DEVICE", "answers": {"device": %s}}', '{"type": %s}'])
async def test_a_deep_document_is_rejected(office: ApiTenant, depth: int, around: str) -> None:
    async with await office.client("Jordan") as client:
        for deep in _deep(depth):
            body = around % deep
            answer = await client.post("/api/v1/orders", content=body, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, answer.text


def _deep(depth: int) -> tuple[str, str]:
    return "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth
