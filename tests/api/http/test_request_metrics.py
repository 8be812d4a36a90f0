"""Metrics and log lines of requests: they name the route, the person and the order, but never the URL."""

import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import LogCapture

from tests.api.api_client import PHONE, ApiTenant


@pytest.fixture
def lines() -> list[structlog.typing.EventDict]:
    """Log lines with their bound context."""
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    return capture.entries


def counted(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("dialtone_http_request_seconds_count", labels) or 0


async def test_a_request_is_timed_under_the_full_path_template_of_its_route(office: ApiTenant) -> None:
    before = counted("GET", "/api/v1/orders/{ref}", "4xx")
    async with await office.client("Jordan") as client:
        await client.get("/api/v1/orders/NOT-ONE")
    assert counted("GET", "/api/v1/orders/{ref}", "4xx") == before + 1


@pytest.mark.parametrize(("method", "path", "label"), [("GET", "/nowhere/at/all", "GET"), ("BREW", "/coffee", "other")])
async def test_unknown_urls_and_methods_share_one_time_series(
    office: ApiTenant, method: str, path: str, label: str
) -> None:
    before = counted(label, "none", "4xx")
    async with office.anonymous() as client:
        await client.request(method, path)
    assert counted(label, "none", "4xx") == before + 1


async def test_a_problem_is_counted_by_its_code(office: ApiTenant) -> None:
    code = {"code": "NOT_SIGNED_IN"}
    before = REGISTRY.get_sample_value("dialtone_problems_total", code) or 0
    async with office.anonymous() as client:
        await client.get("/api/v1/orders")
    assert REGISTRY.get_sample_value("dialtone_problems_total", code) == before + 1


async def test_the_log_names_the_person_and_the_order(
    office: ApiTenant, lines: list[structlog.typing.EventDict]
) -> None:
    async with await office.client("Jordan") as client:
        number = (await client.post("/api/v1/orders", json=PHONE)).json()["number"]
        await client.post(f"/api/v1/orders/{number}/cancel", json={}, headers={"X-Request-ID": "cancel-it"})
        await client.get("/healthz", headers={"Authorization": ""})
    jordan = (await office.row("Jordan")).id
    placed, canceled, healthy = [line for line in lines if line["event"] == "request"][-3:]
    assert placed["order"] == number
    assert (canceled["request_id"], canceled["order"]) == ("cancel-it", number)
    assert (canceled["tenant"], canceled["actor"]) == ("acme", jordan)
    assert not {"order", "actor", "tenant"} & set(healthy)
