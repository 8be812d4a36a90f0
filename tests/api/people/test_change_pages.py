"""The pages on which people are changed offer what the caller can do, and say what is wrong."""

import json
import re
from html import unescape

import pytest
from sqlmodel import col, delete

from demo.company import SAMPLE_PEOPLE
from demo.company.sample import SamplePerson
from models.db.people.tables import PersonRow
from models.db.sign_in.tables import LoginRow
from tests.api.signed_out_browser import Portal

JORDAN, DANA, PRIYA = (SAMPLE_PEOPLE[part] for part in ("employee", "manager", "admin"))
DETAILS = {"name": DANA.name, "employee_number": "A1", "title": "", "account": "FA-1110"}
ACTIONS = ("/edit", "/roles", "/deactivate", "/invite", "/user-name", "/reset-link", "/reset-factor")


async def _person(portal: Portal, person: SamplePerson) -> PersonRow:
    (row,) = [row for row in await portal.rows(PersonRow) if row.id == person.id]
    assert isinstance(row, PersonRow)
    return row


async def _offered(portal: Portal, by: str, person: SamplePerson) -> set[str]:
    async with await portal.browser(by) as client:
        page = (await client.get(f"/people/{person.id}")).text
    return {one for one in ACTIONS if f'"/people/{person.id}{one}"' in page}


@pytest.mark.parametrize(
    ("by", "person", "offered"),
    [
        ("Priya", DANA, {"/edit", "/roles", "/deactivate", "/user-name", "/reset-link", "/reset-factor"}),
        ("Priya", PRIYA, {"/edit", "/roles"}),
        ("Wendy", DANA, {"/roles", "/user-name", "/reset-link", "/reset-factor"}),
        ("Wendy", PRIYA, {"/user-name"}),
        ("Carl", DANA, set()),
    ],
    ids=["admin", "admin: own page", "support", "support: an admin", "care"],
)
async def test_the_page_offers_what_the_caller_can_do(
    portal: Portal, by: str, person: SamplePerson, offered: set[str]
) -> None:
    assert await _offered(portal, by, person) == offered


async def test_care_sees_lines_devices_and_orders_of_a_person(portal: Portal) -> None:
    order = await portal.order("Dana")
    async with await portal.browser("Carl") as client:
        page = (await client.get(f"/people/{DANA.id}")).text
        found = (await client.get("/people?q=dana")).text
    assert order["number"] in page
    assert all(words in page for words in ("View all lines", "View all devices"))
    assert "Add person" not in found


async def test_a_person_without_sign_in_is_offered_an_invitation(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        await session.exec(delete(LoginRow).where(col(LoginRow.person_id) == DANA.id))
    assert "/invite" in await _offered(portal, "Wendy", DANA)
    async with await portal.browser("Wendy") as client:
        done = await client.post(f"/people/{DANA.id}/invite")
        page = (await client.get(done.headers["location"])).text
    assert "Invitation sent." in page
    assert "Send the invitation again" in page


async def test_the_form_saves_what_was_typed(portal: Portal) -> None:
    form = {**DETAILS, "manager": "  priya raman", "cost_center": "CC-1110"}
    async with await portal.browser("Priya") as client:
        done = await client.post(f"/people/{DANA.id}/details", data=form)
    assert done.headers["location"] == f"/people/{DANA.id}?done=changed"
    row = await _person(portal, DANA)
    assert (row.manager_id, row.cost_center) == (PRIYA.id, "CC-1110")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"manager": "Nobody Known"}, "No one has this name or email address."),
        ({"manager": JORDAN.name}, f"{JORDAN.name} reports to {DANA.name}"),
        ({"account": "FA-0"}, "No account matches this ID or FA number."),
    ],
)
async def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(
    portal: Portal, changes: dict[str, str], message: str
) -> None:
    async with await portal.browser("Priya") as client:
        answer = await client.post(f"/people/{DANA.id}/details", data=DETAILS | {"title": "Typed"} | changes)
    assert answer.status_code == 422
    assert message in answer.text.replace("&#39;", "'")
    assert 'value="Typed"' in answer.text


async def test_a_name_of_several_people_is_not_guessed(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        async with portal.database.transaction() as session:
            (await session.get_one(PersonRow, ("acme", JORDAN.id))).name = PRIYA.name
        answer = await client.post(f"/people/{DANA.id}/details", data=DETAILS | {"manager": PRIYA.name})
    assert "Several people have this name. Enter the email address." in answer.text


async def test_roles_that_support_cannot_assign_stay(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        (await session.get_one(PersonRow, ("acme", DANA.id))).roles = ["desk"]
    async with await portal.browser("Wendy") as client:
        assert "Vendor desk agent" not in (await client.get(f"/people/{DANA.id}/roles")).text
        await client.post(f"/people/{DANA.id}/roles", data={"roles": ["owner"], "owns": ["FA-1110"]})
    assert sorted((await _person(portal, DANA)).roles) == ["desk", "owner"]


async def test_an_owner_of_nothing_is_asked_for_an_account(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        answer = await client.post(f"/people/{DANA.id}/roles", data={"roles": ["owner"]})
    assert answer.status_code == 422
    assert "Choose at least one account" in answer.text


async def test_cost_centers_are_typed_one_on_each_line(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        codes = {"cost_centers": "CC-1110\n CC-1100 \n"}
        asked = await client.post(f"/people/{DANA.id}/cost-centers", data=codes)
        assert (asked.status_code, "Take over CC-1110 from" in asked.text) == (422, True)
        confirmed = {"take_over": re.findall(r'name="take_over" value="([^"]+)"', asked.text)}
        await client.post(f"/people/{DANA.id}/cost-centers", data=codes | confirmed)
        assert "CC-1100, CC-1110" in (await client.get(f"/people/{DANA.id}")).text
        wrong = await client.post(f"/people/{DANA.id}/cost-centers", data={"cost_centers": "CC-0"})
    assert "There&#39;s no active cost center CC-0." in wrong.text


async def test_before_a_person_is_deactivated_the_page_says_what_happens(portal: Portal) -> None:
    order = await portal.order("Jordan")
    await portal.request_approval(order, "Dana")
    async with await portal.browser("Priya") as client:
        page = (await client.get(f"/people/{DANA.id}/deactivate")).text
        assert "Goes to " in page
        assert order["number"] in page
        assert JORDAN.name in page
        wrong = await client.post(f"/people/{DANA.id}/deactivate", data={"reason": ""})
        assert (wrong.status_code, (await _person(portal, DANA)).active) == (422, True)
        done = await client.post(f"/people/{DANA.id}/deactivate", data={"reason": "Left."})
        page = (await client.get(done.headers["location"])).text
        assert "Deactivated." in page
        assert "Reactivate" in page
        back = await client.post(f"/people/{DANA.id}/reactivate", data={"reason": "Back."})
        assert "Reactivated." in (await client.get(back.headers["location"])).text


def _hidden(page: str, name: str) -> list[str]:
    return [unescape(value) for value in re.findall(rf'type="hidden" name="{name}" value="([^"]*)"', page)]


async def test_what_changes_while_a_form_is_open_stays_changed(portal: Portal) -> None:
    path = f"/people/{DANA.id}"
    async with await portal.browser("Priya") as client:
        page = (await client.get(f"{path}/edit")).text
        (shown,), (listed,) = _hidden(page, "shown"), _hidden(page, "listed")
        begun = json.loads(shown)
        await client.post(f"/api/v1{path}/details", json={"manager_id": PRIYA.id})
        await client.post(f"/api/v1{path}/cost-centers", json={"codes": ["CC-1110"], "take_over": ["CC-1110"]})
        await client.post(f"{path}/details", data=begun | {"title": "Lead", "shown": shown})
        added = {"cost_centers": f"{listed}\nCC-1100", "listed": listed, "take_over": ["CC-1100"]}
        await client.post(f"{path}/cost-centers", data=added)
        card = (await client.get(f"/api/v1{path}")).json()
    assert (card["title"], card["manager"]["name"]) == ("Lead", PRIYA.name)
    assert card["cost_centers"] == ["CC-1100", "CC-1110"]


async def test_roles_that_are_given_while_a_form_is_open_stay(portal: Portal) -> None:
    path = f"/people/{DANA.id}"
    async with await portal.browser("Priya") as client:
        await client.post(f"/api/v1{path}/roles", json={"roles": ["care"]})
        page = (await client.get(f"{path}/roles")).text
        await client.post(f"/api/v1{path}/roles", json={"roles": ["care", "desk"]})
        await client.post(f"{path}/roles", data={"roles": ["support"], "shown_roles": _hidden(page, "shown_roles")})
    assert (await _person(portal, DANA)).roles == ["desk", "support"]
