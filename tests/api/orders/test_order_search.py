"""An owner looks up the orders of an account: by type, status, date, line and requester."""

import pytest

from models.events.ending import COMPLETED
from models.lifecycle import Status
from tests.api.api_client import ApiTenant
from tests.api.orders.test_line_orders import SUSPEND, line_of, submit

HTML = {"Accept": "text/html"}


ALL = "account=FA-1110&type=SERVICE_SUSPEND&status=COMPLETED&line={line}&requester={aaron}"


@pytest.mark.parametrize("query", [*ALL.split("&"), "since=2020-01-01", "q=aaron", ALL])
async def test_an_owner_finds_an_order_by_each_filter(office: ApiTenant, query: str) -> None:
    line, aaron = await line_of(office, "Aaron"), await office.row("Aaron")
    order = (await submit(office, "Aaron", SUSPEND, line.id, "/api/v1/orders")).json()
    await office.write_event(order, COMPLETED, Status.COMPLETED)
    path = f"/orders?{query.format(line=line.id, aaron=aaron.id)}"
    async with await office.client("Grace") as client:
        page = (await client.get(path, headers=HTML)).text
        none = (await client.get(f"{path}&until=2020-01-02".replace("since=2020-01-01&", ""), headers=HTML)).text
    assert f'href="/orders/{order["number"]}"' in page
    assert order["number"] not in none
    assert "No orders match" in none


async def test_only_those_with_accounts_choose_one(office: ApiTenant) -> None:
    await office.order()
    shown = {}
    for name in ("Jordan", "Grace"):
        async with await office.client(name) as client:
            shown[name] = 'name="account"' in (await client.get("/orders", headers=HTML)).text
    assert shown == {"Jordan": False, "Grace": True}
