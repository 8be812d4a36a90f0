"""The home page asks the person who has to act, and nobody else with the same name."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlmodel import col, select, update

from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.session import new_id
from models.db.sites.tables import SiteRow
from models.event import Event
from models.events.approval import INFO_REQUESTED
from models.events.fulfillment import ACTIVATION_NEEDED
from models.lifecycle import Status
from tests.api.api_client import ApiTenant


async def asks_to_act(client: AsyncClient) -> bool:
    async with client:
        text = (await client.get("/")).text
    assert "My orders" in text
    return "Needs your attention" in text


async def rename(office: ApiTenant, name: str, to: str) -> None:
    person, namesake = await office.row(name), await office.row(to)
    async with office.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == person.id).values(name=namesake.name))


@pytest.mark.parametrize(
    ("event", "status", "who"),
    [(ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, "Jordan"), (INFO_REQUESTED, Status.INFO_REQUESTED, "Dana")],
)
async def test_of_two_people_with_one_name_only_who_has_to_act_is_asked(
    office: ApiTenant, event: Event, status: Status, who: str
) -> None:
    order = await office.order("Dana", beneficiary_id=(await office.row("Jordan")).id)
    browsers = {name: await office.browser(name) for name in ("Dana", "Jordan")}
    await rename(office, "Dana", to="Jordan")
    await office.write_event(order, event, status, question="Why?")
    assert [name for name, browser in browsers.items() if await asks_to_act(browser)] == [who]


async def test_who_waits_for_an_approver_with_the_same_name_is_not_asked(office: ApiTenant) -> None:
    order, browser = await office.order("Jordan"), await office.browser("Jordan")
    await office.request_approval(order, "Dana")
    await rename(office, "Dana", to="Jordan")
    assert not await asks_to_act(browser)


async def test_the_contact_of_a_site_is_asked_to_activate(office: ApiTenant) -> None:
    order, jordan = (
        await office.order("Dana", beneficiary_id=(await office.row("Jordan")).id),
        await office.row("Jordan"),
    )
    async with office.database.transaction() as session:
        site = (await session.exec(select(SiteRow).where(col(SiteRow.tenant) == "acme").limit(1))).one()
        site.contact_id = jordan.id
        session.add(site)
        of_site = {"beneficiary_id": None, "beneficiary_site_id": site.id}
        await session.exec(update(OrderRow).where(col(OrderRow.id) == order["id"]).values(of_site))
    await office.write_event(order, ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION)
    assert await asks_to_act(await office.browser("Jordan"))
    assert not await asks_to_act(await office.browser("Dana"))


async def test_the_newest_lines_and_devices_are_listed_with_a_link_to_all(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    owner: dict[str, Any] = {
        "tenant": "acme",
        "account_id": jordan.account_id,
        "person_id": jordan.id,
        "status": "active",
    }
    async with office.database.transaction() as session:
        for number in range(6):
            session.add(DeviceRow(id=new_id(), **owner, make="Phone", model=str(number)))
            session.add(LineRow(id=new_id(), **owner, carrier="northwind", plan="NW-1", mdn=f"+1312555019{number}"))
            await session.flush()
    async with await office.browser("Jordan") as browser:
        page = (await browser.get("/")).text
    listed = [number for number in range(6) if f"Phone {number}<" in page]
    numbers = [number for number in range(6) if f"(312) 555-019{number}" in page]
    assert listed == numbers == [1, 2, 3, 4, 5]
    for path in ("lines", "devices"):
        assert f'href="/{path}?holder={jordan.id}"' in page
