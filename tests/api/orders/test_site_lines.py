"""The lines of sites: pages, API, search and orders name the site, and its contact acts for it."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.db.inventory.tables import LineRow
from models.db.orders.tables import OrderRow
from models.db.sites.tables import SiteRow
from models.formatting import phone_number
from tests.api.api_client import ApiTenant, code

DESK = "Milwaukee front desk"
HTML = {"Accept": "text/html"}
SUSPEND: dict[str, Any] = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}}


async def line_of_desk(office: ApiTenant) -> LineRow:
    """Its contact is Nadia."""
    async with office.database.transaction() as session:
        site = (await session.exec(select(SiteRow).where(col(SiteRow.name) == DESK))).one()
        return (await session.exec(select(LineRow).where(col(LineRow.site_id) == site.id))).one()


async def get(office: ApiTenant, name: str, path: str, **query: Any) -> Any:
    async with await office.client(name) as client:
        return (await client.get(f"/api/v1{path}", params=query)).json()


async def page(office: ApiTenant, name: str, path: str) -> str:
    async with await office.client(name) as client:
        return (await client.get(path, headers=HTML)).text


async def submit(office: ApiTenant, name: str, body: dict[str, Any]) -> Any:
    async with await office.client(name) as client:
        return (await client.post("/api/v1/orders", json=body)).json()


async def test_lists_pages_and_search_name_the_site(office: ApiTenant) -> None:
    line = await line_of_desk(office)
    holder = {"kind": "site", "id": line.site_id, "name": DESK}
    assert (await get(office, "Nadia", f"/lines/{line.id}"))["holder"] == holder
    assert (await get(office, "Nadia", f"/devices/{line.device_id}"))["holder"] == holder
    for query in ({"holder": line.site_id}, {"q": "front desk"}):
        assert [one["id"] for one in (await get(office, "Priya", "/lines", **query))["items"]] == [line.id]
        assert [one["id"] for one in (await get(office, "Priya", "/devices", **query))["items"]] == [line.device_id]
    assert [one["holder"]["name"] for one in (await get(office, "Priya", "/search", q="front desk"))["lines"]] == [DESK]
    for path in (f"/lines/{line.id}", f"/devices/{line.device_id}", "/lines?q=desk"):
        assert DESK in await page(office, "Nadia", path)


async def test_an_unassigned_line_has_the_holder_nobody(office: ApiTenant) -> None:
    lines = (await get(office, "Priya", "/lines", limit=100))["items"]
    nobody = {"kind": "nobody", "id": None, "name": "Unassigned"}
    assert nobody in [line["holder"] for line in lines]


@pytest.mark.parametrize("name", ["Clara", "Mina"])
async def test_another_tenant_finds_no_site(office: ApiTenant, name: str) -> None:
    line = await line_of_desk(office)
    async with await office.client(name, "globex") as client:
        answer = await client.get("/api/v1/lines", params={"holder": line.site_id})
        assert code(answer) == (422, "INVALID_REQUEST"), answer.text
        assert (await client.get("/api/v1/lines", params={"q": "front desk"})).json()["items"] == []
        assert (await client.get(f"/api/v1/lines/{line.id}")).status_code == 404


async def test_an_order_about_a_site_s_line_is_for_the_site_and_its_contact_is_informed(office: ApiTenant) -> None:
    line = await line_of_desk(office)
    placed = await submit(office, "Theo", SUSPEND | {"items": [{"line": line.id}]})
    assert placed["beneficiary"] == {"kind": "site", "id": line.site_id, "name": DESK}
    assert placed["cost_center_recurring"] == line.cost_center
    assert placed["account"]["id"] == line.account_id
    number = placed["number"]
    for query in ({"beneficiary": line.site_id}, {"q": "front desk"}):
        assert [one["number"] for one in (await get(office, "Theo", "/orders", **query))["items"]] == [number]
    shown = await page(office, "Nadia", f"/orders/{number}")
    assert f"<dt>Site</dt><dd>{DESK}</dd>" in shown
    assert f"<strong>{phone_number(line.mdn or '')} – {DESK}</strong>" in shown
    assert placed["watchers"] == []


async def test_the_contact_can_order_for_the_site_and_their_manager_is_asked(office: ApiTenant) -> None:
    line = await line_of_desk(office)
    async with await office.client("Nadia") as client:
        body = SUSPEND | {"items": [{"line": line.mdn}]}
        quote = (await client.post("/api/v1/orders?dry_run=true", json=body)).json()
    assert quote["beneficiary"]["name"] == DESK
    assert quote["summary"].startswith(f"Suspend line for {DESK}, {phone_number(line.mdn or '')}: ")
    manager = quote["approvals"][0]
    assert manager["why"] == f"{manager['approvers'][0]['name']} is Nadia Petrova's manager."


async def test_a_colleague_cannot_order_for_the_site(office: ApiTenant) -> None:
    line = await line_of_desk(office)
    rejected = await submit(office, "Jordan", SUSPEND | {"items": [{"line": line.id}]})
    assert [error["detail"] for error in rejected["errors"]] == [f'No line matches "{line.id}".']


async def test_an_order_about_an_unassigned_line_is_for_nobody(office: ApiTenant) -> None:
    async with office.database.transaction() as session:
        unassigned = (col(LineRow.status) == "active", col(LineRow.person_id).is_(None), col(LineRow.site_id).is_(None))
        line = (await session.exec(select(LineRow).where(col(LineRow.tenant) == "acme", *unassigned).limit(1))).one()
    placed = await submit(office, "Theo", SUSPEND | {"items": [{"line": line.id}]})
    assert placed["beneficiary"] == {"kind": "nobody", "id": None, "name": "Unassigned"}
    assert " for " not in placed["title"]


async def test_a_site_s_line_can_be_reassigned_to_a_person(office: ApiTenant) -> None:
    line, jordan = await line_of_desk(office), await office.row("Jordan")
    body = {"type": "LINE_REASSIGN", "beneficiary_id": jordan.id}
    placed = await submit(office, "Theo", body | {"items": [{"line": line.id}]})
    assert placed["beneficiary"] == {"kind": "person", "id": jordan.id, "name": "Jordan Blake"}
    nadia = await office.row("Nadia")
    assert placed["watchers"] == [nadia.id]
    assert f" – {DESK}</strong>" in await page(office, "Nadia", f"/orders/{placed['number']}")


async def test_the_approver_and_the_inbox_see_the_site(office: ApiTenant) -> None:
    line = await line_of_desk(office)
    placed = await submit(office, "Theo", SUSPEND | {"items": [{"line": line.id}]})
    (approval,) = await office.request_approval(placed, "Helen")
    (pending,) = (await get(office, "Helen", "/approvals"))["items"]
    assert pending["beneficiary"]["name"] == DESK
    assert f"<dt>Site</dt><dd>{DESK}</dd>" in await page(office, "Helen", f"/approvals/{approval}")


@pytest.mark.parametrize(("table", "person"), [(LineRow, "person_id"), (OrderRow, "beneficiary_id")])
async def test_nothing_belongs_to_a_person_and_a_site(office: ApiTenant, table: Any, person: str) -> None:
    line, jordan = await line_of_desk(office), await office.row("Jordan")
    placed = await submit(office, "Theo", SUSPEND | {"items": [{"line": line.id}]})
    key = ("acme", line.id if table is LineRow else placed["id"])
    with pytest.raises(IntegrityError, match="one_holder"):
        async with office.database.transaction() as session:
            setattr(await session.get_one(table, key), person, jordan.id)
