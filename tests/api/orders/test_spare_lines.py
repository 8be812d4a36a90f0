"""Lines that a site gets, or nobody: by the API and by the form."""

import re
from typing import Any

import pytest
from sqlmodel import select

from models.db.inventory.tables import LineRow
from models.db.orders.tables import OrderRow
from models.db.sites.tables import SiteRow
from tests.api.api_client import ApiTenant, code
from tests.api.orders.test_line_permissions import line_of_aaron

PAGE = {"Accept": "text/html"}
FORM = "/order/LINE_REASSIGN"


@pytest.fixture
async def site(office: ApiTenant) -> str:
    """A site in the account of Aaron's line, with Nadia as its contact."""
    nadia, line = await office.row("Nadia"), await line_of_aaron(office)
    row = SiteRow(
        tenant="acme", id="01SIT0000000000000000KIOSK", name="Kiosk", account_id=line.account_id, contact_id=nadia.id
    )
    async with office.database.transaction() as session:
        session.add(row)
    return row.id


def reassign(line: LineRow, answers: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "LINE_REASSIGN", "answers": answers or {}, "items": [{"line": line.id}], **fields}


async def test_a_line_goes_to_a_site_and_to_the_spare_pool(office: ApiTenant, site: str) -> None:
    line = await line_of_aaron(office)
    spare = {**reassign(line, {"assign_to": "nobody"}), "items": [{"line": line.id, "spare_device": "stock"}]}
    async with await office.client("Theo") as client:
        to_site = (
            await client.post("/api/v1/orders?dry_run=true", json=reassign(line, beneficiary_site_id=site))
        ).json()
        quote = (await client.post("/api/v1/orders?dry_run=true", json=spare)).json()
        placed = await client.post("/api/v1/orders", json=spare)
    assert (to_site["beneficiary"]["kind"], to_site["beneficiary"]["name"]) == ("site", "Kiosk")
    assert (quote["title"], quote["beneficiary"]["name"]) == ("Return to spare pool", "Unassigned")
    assert placed.status_code == 201
    async with office.database.transaction() as session:
        row = (await session.exec(select(OrderRow).where(OrderRow.id == placed.json()["id"]))).one()
    assert (row.beneficiary_id, row.beneficiary_site_id, row.answers["assign_to"]) == (None, None, "nobody")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"beneficiary_id": "Nadia", "beneficiary_site_id": "site"}, "beneficiary_site_id"),
        ({"beneficiary_site_id": "nowhere"}, "beneficiary_site_id"),
        ({"answers": {"assign_to": "nobody"}, "beneficiary_site_id": "site"}, "answers.assign_to"),
        ({"answers": {"assign_to": "site"}}, "beneficiary_site_id"),
        ({"answers": {"assign_to": ["site"]}}, "answers.assign_to"),
    ],
)
async def test_a_holder_is_named_once(office: ApiTenant, site: str, fields: dict[str, Any], field: str) -> None:
    ids = {"site": site, "nowhere": "nowhere", "Nadia": (await office.row("Nadia")).id}
    given: dict[str, Any] = {name: ids[value] if isinstance(value, str) else value for name, value in fields.items()}
    async with await office.client("Theo") as client:
        answer = await client.post("/api/v1/orders?dry_run=true", json=reassign(await line_of_aaron(office), **given))
    problem = answer.json()
    assert answer.status_code in {404, 422}, problem
    assert field in {problem.get("field"), *(error["field"] for error in problem.get("errors", ()))}


async def test_only_an_order_that_assigns_a_line_names_a_site(office: ApiTenant, site: str) -> None:
    order = {"type": "SERVICE_SUSPEND", "beneficiary_site_id": site, "items": [{}]}
    async with await office.client("Theo") as client:
        answer = await client.post("/api/v1/orders?dry_run=true", json=order)
    assert (code(answer), answer.json()["field"]) == ((422, "INVALID_REQUEST"), "beneficiary_site_id")


async def test_a_site_that_a_person_does_not_see_does_not_exist_for_them(office: ApiTenant, site: str) -> None:
    line = await line_of_aaron(office)
    async with await office.client("Dana") as client:
        hidden = await client.post("/api/v1/orders?dry_run=true", json=reassign(line, beneficiary_site_id=site))
        absent = await client.post("/api/v1/orders?dry_run=true", json=reassign(line, beneficiary_site_id="01SITNONE"))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["field"] == absent.json()["field"] == "beneficiary_site_id"


async def test_the_form_asks_what_the_kind_of_holder_needs(office: ApiTenant, site: str) -> None:
    line = await line_of_aaron(office)
    base = {"items": "1", "items.0.line": line.id, "do": "save"}
    async with await office.browser("Theo") as client:
        pages = {}
        for to in ("person", "site", "nobody"):
            chosen = {"answers.assign_to": to, "beneficiary_id": (await office.row("Nadia")).id}
            await client.post(FORM, data=base | chosen)
            pages[to] = (await client.get(FORM, headers=PAGE)).text
        await client.post(FORM, data=base | {"answers.assign_to": "site", "beneficiary_site_id": "kiosk"})
        named = (await client.get(FORM, headers=PAGE)).text
    shown = {
        to: [name for name in ("beneficiary_id", "beneficiary_site_id", "spare_device") if f'name="{name}"' in page
             or f'name="items.0.{name}"' in page]
        for to, page in pages.items()
    }  # fmt: skip
    assert shown == {
        "person": ["beneficiary_id"],
        "site": ["beneficiary_site_id"],
        "nobody": ["spare_device"],
    }
    assert "Return to spare pool" in pages["nobody"]
    assert re.search(rf'<(option|input)[^>]*value="{site}"[^>]* (selected|checked)', named)


async def test_a_line_that_nobody_has_is_assigned(office: ApiTenant) -> None:
    line = await line_of_aaron(office)
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line.id))
        row.person_id = None
    async with await office.client("Theo") as client:
        actions = (await client.get(f"/api/v1/lines/{line.id}/actions")).json()
        page = (await client.get(f"/lines/{line.id}", headers=PAGE)).text
    assert {one["type"]: one["title"] for one in actions}["LINE_REASSIGN"] == "Assign line"
    assert "Assign line" in page
