"""Each dead end that orders had, and its way out: it is offered, and the server takes it."""

import re
from collections.abc import Awaitable, Callable

import pytest

from models.db.inventory.tables import LineRow
from models.lifecycle import Status
from tests.api.api_client import ApiTenant
from tests.api.next_orders.test_again import ended, page_of, press
from tests.api.orders.test_line_orders import DRY, SUSPEND, line_of, submit
from tests.api.orders.test_started_returns import SAID, post, read, shipped

ORDERS = "/api/v1/orders"


async def report_not_received(office: ApiTenant) -> None:
    """What has shipped never arrives."""
    order = await shipped(office)
    assert "report_not_received" in (await read(office, order["number"]))["allowed_actions"]
    assert 'id="not-received-1"' in await page_of(office, "Jordan", f"/orders/{order['number']}")
    opened = (await post(office, order, "report-not-received")).json()
    assert (opened["type"]["code"], opened["items"][0]["returned"]["cause"]) == ("RETURN", "not_received")


async def start_return(office: ApiTenant) -> None:
    """What has shipped isn't wanted anymore: canceling was offered, and always refused."""
    order = await shipped(office)
    allowed = (await read(office, order["number"]))["allowed_actions"]
    assert ("start_return" in allowed, "cancel" in allowed) == (True, False)
    page = await page_of(office, "Jordan", f"/orders/{order['number']}")
    assert ('id="start-return-1"' in page, 'id="cancel"' in page) == (True, False)
    opened = (await post(office, order, "start-return", answers=SAID)).json()
    assert (opened["type"]["code"], opened["follows"]["number"]) == ("RETURN", order["number"])


async def resume(office: ApiTenant) -> None:
    """A line is suspended."""
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, (line.tenant, line.id))
        row.status, row.suspended_for = "suspended", "vacation"
    async with await office.client("Aaron") as client:
        actions = (await client.get(f"/api/v1/lines/{line.id}/actions")).json()
    assert [one["allowed"] for one in actions if one["type"] == "SERVICE_RESUME"] == [True]
    assert "/order/SERVICE_RESUME?line=" in await page_of(office, "Aaron", f"/lines/{line.id}")
    answer = await submit(office, "Aaron", {"type": "SERVICE_RESUME"}, line.id, ORDERS)
    assert (answer.status_code, answer.json()["type"]["code"]) == (201, "SERVICE_RESUME")


async def order_again(office: ApiTenant) -> None:
    """An order has ended without what was ordered."""
    order = await ended(office, await office.order("Jordan"), Status.REJECTED)
    assert ">Change and submit again</button>" in await page_of(office, "Jordan", f"/orders/{order['number']}")
    draft = (await press(office, "Jordan", order)).json()["order"]
    said = {"answers": {**draft["answers"], "use_policy": True, "recurring_charges": True}}
    answer = await submit(office, "Jordan", draft | said, path=ORDERS)
    assert (answer.status_code, answer.json()["follows"]["number"]) == (201, order["number"])


async def other_reason(office: ApiTenant) -> None:
    """A line is suspended for a reason: some were offered, and always refused."""
    line = await line_of(office, "Aaron")
    form = await page_of(office, "Aaron", f"/order/SERVICE_SUSPEND?line={line.id}")
    (question,) = re.findall(r'<select[^>]*name="items.0.suspend_reason".*?</select>', form, re.DOTALL)
    reasons = [reason for reason in re.findall(r'value="(\w+)"', question) if reason]
    assert len(reasons) > 3
    for reason in reasons:
        body = SUSPEND | {"answers": {"suspend_reason": reason}}
        answer = await submit(office, "Aaron", body, line.id, DRY)
        assert answer.status_code == 200, (reason, answer.text)


@pytest.mark.fault("34")
@pytest.mark.parametrize("way_out", [report_not_received, start_return, resume, order_again, other_reason])
async def test_a_dead_end_has_a_way_out(office: ApiTenant, way_out: Callable[[ApiTenant], Awaitable[None]]) -> None:
    await way_out(office)
