"""Where there are too many accounts and cost centers to choose from, their numbers are typed."""

import pytest
from sqlmodel import col, func, select

from api.http.paging import MAX_OPTIONS
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.people.tables import PersonRow
from models.db.session import new_id
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML


@pytest.fixture
async def large(office: ApiTenant) -> ApiTenant:
    """A tenant with one account and one cost center too many to choose from."""
    async with office.database.transaction() as session:
        (top,) = await session.all(select(AccountRow.id).where(col(AccountRow.tenant) == "acme").limit(1))
        for n in range(MAX_OPTIONS):
            number = f"FA-9{n:03}"
            session.add(AccountRow(tenant="acme", id=new_id(), number=number, name=f"Store {n}", parent_id=top))
            session.add(CostCenterRow(tenant="acme", code=f"CC-9{n:03}", name=f"Store {n}"))
    return office


async def _account_of(office: ApiTenant, name: str) -> str:
    person = await office.row(name)
    async with office.database.read() as session:
        return (await session.get_one(AccountRow, ("acme", person.account_id))).number


@pytest.mark.parametrize("page", ["/people/new", "/people/{}/edit", "/people/{}/roles", "/orders"])
async def test_no_page_has_all_accounts_and_cost_centers(large: ApiTenant, page: str) -> None:
    jordan = await large.row("Jordan")
    await large.order("Jordan")
    async with await large.browser("Priya") as client:
        text = (await client.get(page.format(jordan.id), headers=HTML)).text
    assert "Store " not in text
    assert "FA number" in text


async def test_a_person_gets_the_account_and_cost_center_that_are_typed(large: ApiTenant) -> None:
    jordan = await large.row("Jordan")
    form = {"name": jordan.name, "employee_number": jordan.employee_number, "title": jordan.title}
    async with await large.browser("Priya") as client:
        typed = {"account": "fa 9007", "cost_center": "CC-9008"}
        answer = await client.post(f"/people/{jordan.id}/details", data=form | typed)
        wrong = await client.post(f"/people/{jordan.id}/details", data=form | {"account": "FA-404"}, headers=HTML)
    assert answer.status_code == 303, answer.text
    assert await _account_of(large, "Jordan") == "FA-9007"
    assert (await large.row("Jordan")).cost_center == "CC-9008"
    assert (wrong.status_code, "No account matches this ID or FA number." in wrong.text) == (422, True)


async def test_an_owner_gets_the_accounts_that_are_typed_one_on_each_line(large: ApiTenant) -> None:
    jordan = await large.row("Jordan")
    async with await large.browser("Priya") as client:
        answer = await client.post(
            f"/people/{jordan.id}/roles", data={"roles": "owner", "owns": "FA-9001\r\n\r\n fa-9002\r\n"}
        )
        page = (await client.get(f"/people/{jordan.id}/roles", headers=HTML)).text
    assert answer.status_code == 303, answer.text
    async with large.database.read() as session:
        owned = select(AccountRow.number).join(PersonRow, col(AccountRow.id) == func.any(col(PersonRow.owns)))
        numbers = await session.all(owned.where(col(PersonRow.id) == jordan.id))
    assert sorted(numbers) == ["FA-9001", "FA-9002"]
    assert "FA-9001\nFA-9002</textarea>" in page


async def test_orders_are_filtered_by_the_account_that_is_typed(large: ApiTenant) -> None:
    order = await large.order("Jordan")
    number = await _account_of(large, "Jordan")
    async with await large.browser("Priya") as client:
        found = (await client.get("/orders", params={"account": number}, headers=HTML)).text
        others = (await client.get("/orders", params={"account": "FA-9001"}, headers=HTML)).text
    assert order["number"] in found
    assert order["number"] not in others
