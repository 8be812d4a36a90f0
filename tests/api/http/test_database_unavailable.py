"""While the database refuses changes, every request that writes is asked to come back: no error is shown as its own."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.db.session import Database
from models.events.operations import FAILED
from models.lifecycle import Status
from tests.api.api_client import ApiTenant

pytestmark = pytest.mark.fault("21")

# As when an administrator ends the connection.
REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'terminating connection' USING ERRCODE = '57P01'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON outbox EXECUTE FUNCTION refuse();
"""
CAUSE = "PLACE:CARRIER_UNAVAILABLE"
EVIDENCE = "It's back."

# Whose request it is, its path and its body.
Call = tuple[str, str, Mapping[str, str]]


async def _failed(office: ApiTenant) -> dict[str, Any]:
    order = await office.order()
    choices = ["retry", "cancel"]
    error = "CARRIER_UNAVAILABLE: away"
    await office.write_event(order, FAILED, Status.FAILED, step="PLACE", tries=14, error=error, choices=choices)
    return order


async def _bulk_retry(office: ApiTenant) -> Call:
    for _ in range(2):
        await _failed(office)
    return "Theo", "/api/v1/tasks/retry", {"cause": CAUSE, "text": EVIDENCE}


async def _bulk_retry_form(office: ApiTenant) -> Call:
    await _failed(office)
    return "Theo", "/admin/tasks/retry", {"cause": CAUSE, "evidence": EVIDENCE}


async def _order_form(office: ApiTenant) -> Call:
    order = await office.order()
    return "Jordan", f"/orders/{order['number']}/cancel", {"reason": "Ordered by mistake."}


async def _approval_form(office: ApiTenant) -> Call:
    (approval,) = await office.request_approval(await office.order(), "Dana")
    return "Dana", f"/approvals/{approval}", {"decision": "approve"}


async def _task_form(office: ApiTenant) -> Call:
    choices = ["retry", "cancel"]
    task = await office.open_task(await office.order(), FAILED, choices=choices)
    return "Theo", f"/tasks/{task}", {"choice": "retry", "text": EVIDENCE}


@pytest.mark.parametrize("prepare", [_bulk_retry, _bulk_retry_form, _order_form, _approval_form, _task_form])
async def test_a_request_that_writes_is_answered_with_503(
    company: Database, office: ApiTenant, prepare: Callable[[ApiTenant], Awaitable[Call]]
) -> None:
    name, path, body = await prepare(office)
    async with company.engine.begin() as connection:
        raw: Any = await connection.get_raw_connection()
        await raw.driver_connection.execute(REFUSING)
    is_api = path.startswith("/api/")
    async with await (office.client(name) if is_api else office.browser(name)) as client:
        with capture_logs() as logs:
            call: dict[str, Any] = {"json": body} if is_api else {"data": body, "headers": {"Accept": "text/html"}}
            answer = await client.post(path, **call)
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5")
    assert "Dialtone can" in answer.text
    assert "database_unavailable" in [line["event"] for line in logs]
