"""What a person can't see is answered like what does not exist."""

import re
from typing import Any

import pytest
from sqlmodel import col, select

from models import questions
from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.session import new_id
from tests.api.api_client import PHONE, ApiTenant
from tests.api.signed_out_browser import HTML

# Paths by what they are about.
PATHS = {
    "order": ("orders/{}", "orders/{}/timeline", "orders/{}/history", "orders/{}/events"),
    "line": ("lines/{}", "lines/{}/actions"),
    "device": ("devices/{}", "devices/{}/actions"),
    "account": ("accounts/{}", "accounts/{}/dashboard"),
    "task": ("tasks/{}",),
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
    if kind == "order":
        return str(order["id"])
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


def _example(*codes: str) -> dict[str, Any]:
    return {code: questions.find(code).example for code in codes}


# Orders of types that change lines, with everything else answered.
LINE_ORDERS: dict[str, dict[str, Any]] = {
    "SIM_REPLACE": {"items": [_example("iccid", "sim_reason")]},
    "PLAN_CHANGE": {"items": [{"plan": "NW-UNLIMITED"}]},
    "SERVICE_SUSPEND": {"answers": {"suspend_reason": "vacation"}, "items": [{}]},
    "SUBSCRIBER_UPDATE": {"items": [_example("subscriber_name", "service_address")]},
    "LINE_REASSIGN": {"answers": {"use_policy": True}, "items": [{}]},
}
UNKNOWN_NUMBER = "+12125550000"


async def _line_of_aaron(office: ApiTenant) -> LineRow:
    """A line that Nadia has nothing to do with."""
    aaron = await office.row("Aaron")
    async with office.database.transaction() as session:
        return (await session.exec(select(LineRow).where(LineRow.person_id == aaron.id))).one()


def _without(text: str, *words: str) -> str:
    """A response without the words it repeats, and without what differs in each."""
    for word in words:
        text = text.replace(word, "…")
    return re.sub(r'"(request_id|instance)":"[^"]*"|01[0-9A-Z]{24}', "", text)


@pytest.mark.fault("52")
@pytest.mark.parametrize("path", ["/api/v1/orders?dry_run=true", "/api/v1/orders"])
@pytest.mark.parametrize("order_type", LINE_ORDERS)
async def test_an_order_does_not_tell_that_a_line_exists(office: ApiTenant, order_type: str, path: str) -> None:
    line, body, nadia = await _line_of_aaron(office), LINE_ORDERS[order_type], await office.row("Nadia")
    holder = {"beneficiary_id": nadia.id} if order_type == "LINE_REASSIGN" else {}
    answers = set()
    async with await office.client("Nadia") as client:
        for ref in (line.id, new_id(), str(line.mdn), UNKNOWN_NUMBER):
            items = [{**body["items"][0], "line": ref}]
            answer = await client.post(path, json={"type": order_type, **body, **holder, "items": items})
            answers.add((answer.status_code, _without(answer.text, ref)))
    ((status, text),) = answers
    assert (status, "No line matches" in text) == (422, True)


@pytest.mark.fault("52")
@pytest.mark.parametrize("order_type", LINE_ORDERS)
async def test_an_order_form_does_not_tell_that_a_line_exists(office: ApiTenant, order_type: str) -> None:
    line, pages = await _line_of_aaron(office), []
    for ref in (line.id, new_id(), str(line.mdn), UNKNOWN_NUMBER):
        async with await office.client("Nadia") as client:
            page = await client.get(f"/order/{order_type}", params={"line": ref, "check": "true"}, headers=HTML)
            pages.append(_without(page.text, ref))
    assert pages[0] == pages[1]
    assert pages[2] == pages[3]


@pytest.mark.fault("52")
@pytest.mark.parametrize("order_type", ["NEW_SERVICE_DEVICE", *LINE_ORDERS])
@pytest.mark.parametrize("field", ["beneficiary_id", "account_id"])
async def test_an_order_does_not_tell_that_a_person_or_account_exists(
    office: ApiTenant, field: str, order_type: str
) -> None:
    unseen = await office.row("Jordan" if field == "beneficiary_id" else "Helen")
    ref = unseen.id if field == "beneficiary_id" else unseen.account_id
    body = PHONE if order_type == "NEW_SERVICE_DEVICE" else {"type": order_type, **LINE_ORDERS[order_type]}
    answers = set()
    async with await office.client("Nadia") as client:
        for one in (str(ref), new_id()):
            answer = await client.post("/api/v1/orders?dry_run=true", json=body | {field: one})
            answers.add((answer.status_code, _without(answer.text, one)))
    ((status, text),) = answers
    assert (status, unseen.name in text) == (404, False)
