"""By API nobody decides on their own order, and no request is reassigned to them."""

from typing import Any

import pytest
from sqlmodel import col, select, update

from models.db.inventory.tables import LineRow
from models.db.orders.tables import OrderRow
from models.db.sites.tables import SiteRow
from tests.api.api_client import ApiTenant, code
from tests.api.orders.test_line_orders import GIVE, line_of, submit

TIES = pytest.mark.parametrize("name", ["Priya", "Caleb", "Aaron"], ids=["requester", "beneficiary", "line holder"])


async def _order(office: ApiTenant, by: str = "Priya", to: str = "Caleb") -> dict[str, Any]:
    """Priya gives Aaron's line to Caleb."""
    line, recipient = await line_of(office, "Aaron"), await office.row(to)
    placed = await submit(office, by, GIVE | {"beneficiary_id": recipient.id}, line.id, "/api/v1/orders")
    assert placed.status_code == 201, placed.text
    order: dict[str, Any] = placed.json()
    return order


async def _assert_refused(office: ApiTenant, name: str, approval: str) -> None:
    """Every decision of this person is refused, and none is delivered."""
    async with await office.client(name) as client:
        for decision in ("approve", "reject", "request_info"):
            body = {"decision": decision, "comment": "As I like."}
            answer = await client.post(f"/api/v1/approvals/{approval}/decision", json=body)
            assert code(answer) == (403, "NOT_YOUR_DECISION"), answer.text
    assert office.dispatcher.delivered[1:] == []


@pytest.mark.fault("45")
@TIES
async def test_nobody_decides_on_their_own_order(office: ApiTenant, name: str) -> None:
    order = await _order(office)
    (approval,) = await office.request_approval(order, name)
    await _assert_refused(office, name, approval)


@pytest.mark.fault("45")
@TIES
async def test_no_request_is_reassigned_to_someone_whose_order_it_is(office: ApiTenant, name: str) -> None:
    order = await _order(office)
    await office.request_approval(order, "Dana")
    async with await office.client("Dana") as client:
        body = {"to_id": (await office.row(name)).id, "reason": "On leave."}
        answer = await client.post(f"/api/v1/orders/{order['number']}/reassign", json=body)
    assert code(answer) == (403, "NOT_YOUR_DECISION"), answer.text
    assert answer.json()["field"] == "to_id"


BECOMES = pytest.mark.parametrize("becomes", ["holder", "contact of the line's site", "contact of the recipient"])


async def _become(office: ApiTenant, becomes: str, name: str) -> None:
    """Someone gets the order's line, or becomes the one who acts for the site that has or gets it."""
    person, line = await office.row(name), await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        if becomes == "holder":
            await session.exec(update(LineRow).where(col(LineRow.id) == line.id).values(person_id=person.id))
            return
        site = (await session.exec(select(SiteRow).where(col(SiteRow.tenant) == "acme").limit(1))).one()
        await session.exec(update(SiteRow).where(col(SiteRow.id) == site.id).values(contact_id=person.id))
        if becomes == "contact of the recipient":
            await session.exec(update(OrderRow).values(beneficiary_id=None, beneficiary_site_id=site.id))
        else:
            at_site = {"person_id": None, "site_id": site.id}
            await session.exec(update(LineRow).where(col(LineRow.id) == line.id).values(at_site))


@pytest.mark.fault("45")
@BECOMES
async def test_nobody_decides_on_an_order_that_has_become_their_own(office: ApiTenant, becomes: str) -> None:
    order = await _order(office)
    (approval,) = await office.request_approval(order, "Dana")
    await _become(office, becomes, "Dana")
    await _assert_refused(office, "Dana", approval)


@pytest.mark.fault("45")
@BECOMES
async def test_no_request_is_reassigned_to_someone_whose_order_it_has_become(office: ApiTenant, becomes: str) -> None:
    order = await _order(office)
    await office.request_approval(order, "Dana")
    await _become(office, becomes, "Marcus")
    async with await office.client("Dana") as client:
        body = {"to_id": (await office.row("Marcus")).id, "reason": "On leave."}
        answer = await client.post(f"/api/v1/orders/{order['number']}/reassign", json=body)
    assert (code(answer), answer.json()["field"]) == ((403, "NOT_YOUR_DECISION"), "to_id")


@pytest.mark.fault("45")
@pytest.mark.parametrize("own", ["requester", "recipient", "holder"])
async def test_an_admin_does_not_choose_who_decides_on_their_own_order(office: ApiTenant, own: str) -> None:
    """Another admin does."""
    order = await _order(office, "Priya" if own == "requester" else "Theo", "Priya" if own == "recipient" else "Caleb")
    await office.request_approval(order, "Dana")
    if own == "holder":
        await _become(office, own, "Priya")
    body = {"to_id": (await office.row("Marcus")).id, "reason": "On leave."}
    path = f"/api/v1/orders/{order['number']}/reassign"
    async with await office.client("Priya") as priya, await office.client("Tomas") as tomas:
        assert code(await priya.post(path, json=body)) == (403, "NOT_YOUR_DECISION")
        assert office.dispatcher.delivered[1:] == []
        assert (await tomas.post(path, json=body)).status_code == 200
