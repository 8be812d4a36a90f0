"""All failed steps of one cause are retried by one action, each through the workflow of its order."""

from html import unescape
from typing import Any

import pytest
from sqlmodel import col, select

from models.db.outbox.tables import OutboxRow
from models.events.operations import FAILED
from models.lifecycle import Status
from tests.api.api_client import ApiTenant

pytestmark = pytest.mark.fault("20")

AWAY = "PLACE:CARRIER_UNAVAILABLE"
HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


async def failed(office: ApiTenant, step: str = "PLACE", error: str = "CARRIER_UNAVAILABLE: away") -> dict[str, Any]:
    order = await office.order()
    choices = ["retry", "cancel"]
    await office.write_event(order, FAILED, Status.FAILED, step=step, tries=14, error=error, choices=choices)
    return order


async def retries(office: ApiTenant) -> list[str]:
    """The orders whose workflows got a retry."""
    async with office.database.transaction() as session:
        query = select(OutboxRow.order_id).where(col(OutboxRow.name) == "retry")
        return sorted((await session.exec(query)).all())


async def test_the_failures_of_one_cause_are_counted_and_retried_together(office: ApiTenant) -> None:
    away = [await failed(office, error=f"CARRIER_UNAVAILABLE: {why}") for why in ("no answer", "503")]
    await failed(office, error="CARRIER_REFERENCE_MISSING: gone")
    await failed(office, step="APPLY", error="OperationalError: connection refused")
    async with await office.client("Theo") as client:
        report = (await client.get("/api/v1/admin/attention")).json()
        answer = await client.post("/api/v1/tasks/retry", json={"cause": AWAY, "text": "It's back."})
    counts = {one["cause"]: one["count"] for one in report["failures"]}
    assert counts == {AWAY: 2, "PLACE:CARRIER_REFERENCE_MISSING": 1, "APPLY:OperationalError": 1}
    assert answer.status_code == 200
    assert {one["order"] for one in answer.json()["orders"]} == {order["number"] for order in away}
    assert await retries(office) == sorted(order["id"] for order in away)


async def test_a_repeat_with_the_same_key_retries_no_order_twice(office: ApiTenant) -> None:
    order = await failed(office)
    async with await office.client("Theo") as client:
        for _ in range(2):
            headers = {"Idempotency-Key": "retry-after-outage"}
            answer = await client.post("/api/v1/tasks/retry", json={"cause": AWAY}, headers=headers)
            assert answer.status_code == 200
    assert await retries(office) == [order["id"]]


@pytest.mark.parametrize("name", ["Jordan", "Dana"])
async def test_only_those_who_can_do_the_tasks_retry_them(office: ApiTenant, name: str) -> None:
    await failed(office)
    async with await office.client(name) as client:
        await client.post("/api/v1/tasks/retry", json={"cause": AWAY})
    assert await retries(office) == []


async def test_the_failures_of_another_tenant_are_not_retried(office: ApiTenant) -> None:
    await failed(office)
    async with await office.client("Ulla", "globex") as client:
        answer = await client.post("/api/v1/tasks/retry", json={"cause": AWAY})
    assert answer.json() == {"orders": [], "more": False}
    assert await retries(office) == []


async def test_the_admin_page_retries_all_orders_of_a_cause(office: ApiTenant) -> None:
    order = await failed(office)
    async with await office.client("Theo") as client:
        page = unescape((await client.get("/admin", headers=HTML)).text)
        done = await client.post("/admin/tasks/retry", data={"cause": AWAY, "evidence": "It's back."}, headers=HTML)
        shown = (await client.get(done.headers["Location"], headers=HTML)).text
        nothing = await client.post("/admin/tasks/retry", data={"evidence": "It's back."}, headers=HTML)
    assert f'value="{AWAY}"' in page
    assert "1 order" in page
    assert "1 of 1: Orders retried." in shown
    assert await retries(office) == [order["id"]]
    assert nothing.status_code == 422
