"""What a person can't see is answered like what does not exist."""

from typing import Any

import pytest
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.session import new_id
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

# Paths by what they are about.
PATHS = {
    "order": ("orders/{}", "orders/{}/timeline", "orders/{}/history", "orders/{}/events"),
    "line": ("lines/{}", "lines/{}/actions"),
    "device": ("devices/{}",),
    "account": ("accounts/{}", "accounts/{}/dashboard"),
    "task": ("tasks/{}",),
    "person": ("catalog?beneficiary={}",),
    "approval": ("approvals/{}",),
}
PAGES = {
    "order": "/orders/{}",
    "line": "/lines/{}",
    "device": "/devices/{}",
    "account": "/accounts/{}",
    "task": "/tasks/{}",
}


async def existing(office: ApiTenant, kind: str) -> str:
    """The id of a thing that Nadia has nothing to do with."""
    order = await office.order()
    jordan = await office.row("Jordan")
    if kind in {"order", "person"}:
        return str(order["id"] if kind == "order" else jordan.id)
    if kind == "task":
        return await office.open_task(order)
    if kind == "approval":
        return (await office.request_approval(order, "Dana"))[0]
    table: Any = {"line": LineRow, "device": DeviceRow, "account": AccountRow}[kind]
    own = (await office.row("Nadia")).account_id
    account = table.id if kind == "account" else table.account_id
    async with office.database.transaction() as session:
        query = select(table.id).where(col(table.tenant) == "acme", col(account) != own)
        return str((await session.exec(query.limit(1))).one())


@pytest.mark.fault("52")
@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in PATHS.items() for path in paths])
async def test_the_api_does_not_tell_that_something_exists(office: ApiTenant, kind: str, path: str) -> None:
    async with await office.client("Nadia") as client:
        answers = [await client.get(f"/api/v1/{path.format(one)}") for one in (await existing(office, kind), new_id())]
    bodies = [{**answer.json(), "instance": "", "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]
    assert answers[0].status_code == answers[1].status_code == (403 if "history" in path else 404)


@pytest.mark.fault("52")
@pytest.mark.parametrize("kind", PAGES)
async def test_a_page_does_not_tell_that_something_exists(office: ApiTenant, kind: str) -> None:
    ids = [await existing(office, kind), new_id()]
    async with await office.client("Nadia") as client:
        answers = [await client.get(PAGES[kind].format(one), headers=HTML) for one in ids]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("Not found, or you don&#39;t have access." in answer.text for answer in answers)
