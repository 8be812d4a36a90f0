"""Naming who takes over from a person who leaves, by page, API and file."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, update

from models.db.accounts.tables import CostCenterRow
from models.db.leaves.tables import LeaveRow
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from tests import factories
from tests.api.api_client import code
from tests.api.imports.test_imports import applied
from tests.api.imports.test_people_guard import people, rows_of
from tests.api.leaves.test_leaves import JORDAN, LAST_DAY, LEAVE, PAGE
from tests.api.signed_out_browser import HTML, Portal

THE_DAY_BEFORE = factories.today() + timedelta(days=29)


async def _start(portal: Portal, name: str = "Priya", **body: Any) -> httpx2.Response:
    async with await portal.browser(name) as client:
        return await client.post(LEAVE, json={"last_day": LAST_DAY, **body})


async def _submit(portal: Portal, successor: str) -> httpx2.Response:
    async with await portal.browser("Priya") as client:
        form = {"last_day": LAST_DAY, "successor": successor}
        return await client.post(PAGE, data=form, headers=HTML)


async def _change(portal: Portal, name: str, /, **values: Any) -> PersonRow:
    row = await portal.row(name)
    async with portal.database.transaction() as session:
        await session.exec(update(PersonRow).where(col(PersonRow.id) == row.id).values(**values))
    return row


async def test_an_admin_names_who_takes_over_and_the_audit_log_has_it(portal: Portal) -> None:
    grace = await portal.row("Grace")
    started = (await _start(portal, successor_id=grace.id)).json()
    kept = (await _start(portal)).json()
    taken_back = (await _start(portal, successor_id=None)).json()
    assert [one["successor"] and one["successor"]["id"] for one in (started, kept, taken_back)] == [
        grace.id, grace.id, None,
    ]  # fmt: skip
    async with await portal.browser("Priya") as client:
        events = [one for one in (await client.get("/api/v1/audit")).json()["items"] if "leave_" in one["action"]]
    assert [one["detail"]["successor_id"] for one in reversed(events)] == [None, grace.id, None]


async def test_a_manager_names_no_one_and_is_not_asked_to(portal: Portal) -> None:
    grace = await portal.row("Grace")
    refused = await _start(portal, "Dana", successor_id=grace.id)
    async with await portal.browser("Dana") as client:
        page = (await client.get(PAGE, headers=HTML)).text
    async with await portal.browser("Priya") as client:
        of_admin = (await client.get(PAGE, headers=HTML)).text
    assert code(refused) == (403, "NOT_AUTHORIZED")
    assert ('name="successor"' in page, 'name="successor"' in of_admin) == (False, True)
    assert (await portal.row("Jordan")).leaves_on is None


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("Jordan", {"title": "Clerk"}, "Choose someone other than the person who leaves."),
        ("Grace", {"active": False}, "Grace Holloway isn't active."),
        ("Grace", {"roles": ["auditor"]}, "Grace Holloway can't approve orders."),
        ("Grace", {"leaves_on": THE_DAY_BEFORE}, "Grace Holloway leaves on"),
        ("Grace", {"starts_on": THE_DAY_BEFORE + timedelta(days=9)}, "Grace Holloway starts only on"),
    ],
    ids=["oneself", "inactive", "auditor", "leaves earlier", "starts later"],
)
async def test_who_cannot_take_over_is_refused_by_page_and_file(
    portal: Portal, name: str, values: dict[str, Any], says: str
) -> None:
    row = await _change(portal, name, **values)
    answer = await _start(portal, successor_id=row.id)
    page = await _submit(portal, row.email)
    async with await portal.browser("Priya") as client:
        file = people("leaves_on,successor", (JORDAN, f"{LAST_DAY},{row.employee_number}"))
        (refused,) = await rows_of(client, file)
    assert (answer.status_code, answer.json()["field"], page.status_code) == (422, "successor_id", 422)
    assert answer.json()["detail"].startswith(says)
    assert says in page.text.replace("&#39;", "'")
    assert [one["column"] for one in refused["wrong"]] == ["successor"]
    assert refused["wrong"][0]["detail"].startswith(says)


async def test_the_page_shows_what_is_handed_over_and_to_whom(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        await session.exec(update(CostCenterRow).where(col(CostCenterRow.code) == "CC-1110").values(owner_id=JORDAN.id))
    assert (await _submit(portal, "Grace Holloway")).status_code == 303
    async with await portal.browser("Priya") as client:
        before = (await client.get(PAGE, headers=HTML)).text
        await _change(portal, "Grace", active=False)
        after = (await client.get(PAGE, headers=HTML)).text
        async with portal.database.transaction() as session:
            await session.exec(update(LeaveRow).values(ended_at=utc_now()))
        ended = (await client.get(PAGE, headers=HTML)).text
    assert "Cost center CC-1110" in before
    assert "Grace Holloway takes over their approvals, accounts and cost centers when access ends" in before
    assert "Grace Holloway isn&#39;t active. Unless an admin names someone else" in after
    assert "<dt>Took over</dt><dd>No one</dd>" in ended
    assert "<dt>Still owns</dt><dd>Cost center CC-1110</dd>" in ended


async def test_the_name_of_the_successor_stays_theirs_though_others_have_it(portal: Portal) -> None:
    grace = await portal.row("Grace")
    await _submit(portal, grace.email)
    await _change(portal, "Omar", name=grace.name)
    saved, other = await _submit(portal, grace.name), await _submit(portal, "")
    ambiguous = await _submit(portal, grace.name)
    assert (saved.status_code, other.status_code, ambiguous.status_code) == (303, 303, 422)


async def test_no_one_named_so_is_said_at_the_field(portal: Portal) -> None:
    page = await _submit(portal, "No Such Name")
    assert (page.status_code, "No one has this name or email address." in page.text) == (422, True)


async def test_a_file_names_the_successor_and_again_changes_nothing(portal: Portal) -> None:
    grace = await portal.row("Grace")
    text = people("leaves_on,successor", (JORDAN, f"{LAST_DAY},{grace.email}"))
    async with await portal.browser("Priya") as client:
        await applied(client, text)
        again = await rows_of(client, text)
        checklist = (await client.get(LEAVE)).json()
        (lone,) = await rows_of(client, people("leaves_on,successor", (JORDAN, f",{grace.employee_number}")))
        await applied(client, people("successor", (JORDAN, "")))
    assert (again, checklist["successor"]["id"]) == ([], grace.id)
    assert [one["column"] for one in lone["wrong"]] == ["leaves_on"]
    assert (await portal.row("Jordan")).successor_id is None
    async with await portal.browser("Priya") as client:
        events = [one["action"] for one in (await client.get("/api/v1/audit")).json()["items"]]
    assert events.count("leave_changed") == 1


async def test_a_leave_that_is_canceled_has_no_successor(portal: Portal) -> None:
    await _start(portal, successor_id=(await portal.row("Grace")).id)
    async with await portal.browser("Priya") as client:
        await client.post(f"{LEAVE}/cancel")
    assert (await portal.row("Jordan")).successor_id is None


async def test_after_the_end_of_access_no_one_else_is_named(portal: Portal) -> None:
    grace = await portal.row("Grace")
    await _start(portal)
    async with portal.database.transaction() as session:
        await session.exec(update(LeaveRow).values(ended_at=utc_now()))
    answer = await _start(portal, successor_id=grace.id)
    async with await portal.browser("Priya") as client:
        (row,) = await rows_of(client, people("successor", (JORDAN, grace.employee_number)))
    assert (code(answer), row["wrong"][0]["column"]) == ((409, "ACTION_NOT_ALLOWED"), "successor")
    assert "Leave the cell as it was, and change what people own on their pages." in row["wrong"][0]["detail"]
