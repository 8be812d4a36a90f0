"""Files of people can do no more than the people page, and what they change has the same consequences."""

from asyncio import create_task, sleep
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel import col, delete, select

from demo.company import SAMPLE_PEOPLE
from demo.company.sample import SamplePerson
from models.db.audit.tables import AuditRow
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.sign_in.tables import LoginRow
from tests import factories
from tests.api.api_client import code
from tests.api.imports.test_imports import PATH, applied, checked
from tests.api.signed_out_browser import Portal

JORDAN, DANA, PRIYA, SERVICE = (SAMPLE_PEOPLE[part] for part in ("employee", "manager", "admin", "service"))
NUMBERS = {JORDAN.id: "A1012", DANA.id: "A1006", PRIYA.id: "A1018", SERVICE.id: "A1021"}
NEW = ("A9001", "Bo Diaz", "bo@acme.example.com")


def people(column: str, *values: tuple[SamplePerson, str]) -> str:
    return f"employee_number,{column}\n" + "".join(f"{NUMBERS[person.id]},{value}\n" for person, value in values)


async def rows_of(client: httpx2.AsyncClient, text: str) -> list[dict[str, Any]]:
    check = await checked(client, text)
    found: list[dict[str, Any]] = (await client.get(f"{PATH}/{check['number']}/rows")).json()
    return found


async def undo(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
    return await client.post(f"{PATH}/{number}/undo")


async def _person(portal: Portal, person: SamplePerson) -> PersonRow:
    (row,) = [row for row in await portal.rows(PersonRow) if row.id == person.id]
    assert isinstance(row, PersonRow)
    return row


async def _events(portal: Portal, action: str) -> list[AuditRow]:
    return sorted((row for row in await portal.rows(AuditRow) if row.action == action), key=lambda row: row.id)


async def _without_login(portal: Portal, person: SamplePerson) -> None:
    async with portal.database.transaction() as session:
        await session.exec(delete(LoginRow).where(col(LoginRow.person_id) == person.id))


@pytest.fixture(autouse=True)
async def only_priya_is_admin(portal: Portal) -> None:
    async with portal.database.transaction() as session:
        for row in await session.all(select(PersonRow).where(col(PersonRow.tenant) == "acme")):
            row.roles = ["admin"] if row.id == PRIYA.id else [one for one in row.roles if one != "admin"]


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        (people("email", (DANA, "priya@acme.example.com")), "email", "This person signs in, or has orders to approve"),
        (people("roles", (PRIYA, "none")), "roles", "This would leave no active admin."),
        (people("active", (PRIYA, "no")), "active", "You can't deactivate yourself."),
        (people("roles", (DANA, "service")), "roles", "A person can't become a service account"),
        (people("roles", (SERVICE, "desk")), "roles", "A person can't become a service account"),
        (people("roles", (DANA, "owner")), "owns", "Enter at least one account for an owner."),
    ],
    ids=["email", "last admin", "oneself", "service account", "person", "owner of nothing"],
)
async def test_the_check_refuses_what_the_people_page_refuses(
    portal: Portal, text: str, column: str, says: str
) -> None:
    async with await portal.browser("Priya") as client:
        (row,) = await rows_of(client, text)
    assert row["outcome"] in {"conflict", "error"}
    assert [one["column"] for one in row["wrong"]] == [column]
    assert row["wrong"][0]["detail"].startswith(says)


async def test_not_all_admins_leave_in_one_file(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        await applied(client, people("roles", (DANA, "admin")))
        rows = await rows_of(client, people("roles", (DANA, "none"), (PRIYA, "none")))
        (one_of_them,) = await rows_of(client, people("roles", (PRIYA, "none")))
    assert [row["outcome"] for row in rows] == ["conflict", "conflict"]
    assert one_of_them["outcome"] == "changed"


async def test_who_has_to_approve_keeps_their_address_without_a_login_too(portal: Portal) -> None:
    text = people("email", (DANA, "priya@acme.example.com"))
    await _without_login(portal, DANA)
    async with await portal.browser("Priya") as client:
        (before,) = await rows_of(client, text)
        await portal.request_approval(await portal.order("Jordan"), "Dana")
        (asked,) = await rows_of(client, text)
    assert (before["outcome"], asked["outcome"]) == ("changed", "conflict")


async def test_roles_of_a_file_are_recorded_for_each_person_and_emailed(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        done = await applied(client, people("roles", (JORDAN, "desk")))
        await undo(client, done["number"])
    reason = f"Import {done['number']}"
    given, taken = await _events(portal, "roles_changed")
    assert (given.subject_id, given.actor_name, given.detail["reason"]) == (JORDAN.id, "Priya Raman", reason)
    assert (given.detail["before"]["roles"], given.detail["after"]["roles"]) == ("", "desk")
    assert (taken.detail["before"]["roles"], taken.detail["after"]["roles"]) == ("desk", "")
    assert [email.event for email in await portal.account_emails()] == ["access_changed"] * 2


async def test_roles_of_new_people_are_recorded(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        await applied(client, f"employee_number,name,email,roles\n{','.join(NEW)},admin\n")
    (created,) = await _events(portal, "person_created")
    assert (created.subject_name, created.detail["roles"]) == ("Bo Diaz", ["admin"])


async def test_who_becomes_inactive_by_a_file_is_signed_out_for_good(portal: Portal) -> None:
    async with await portal.browser("Jordan") as jordan, await portal.browser("Priya") as client:
        signed_in = await jordan.get("/api/v1/orders")
        done = await applied(client, people("active", (JORDAN, "no")))
        ended = await jordan.get("/api/v1/orders")
        await undo(client, done["number"])
        still_ended = await jordan.get("/api/v1/orders")
    assert (signed_in.status_code, ended.status_code, still_ended.status_code) == (200, 401, 401)
    assert (await _person(portal, JORDAN)).active
    (event,) = await _events(portal, "person_deactivated")
    assert (event.subject_id, event.detail["ended"]["sessions"]) == (JORDAN.id, 1)
    assert [row.subject_id for row in await _events(portal, "person_reactivated")] == [JORDAN.id]


async def test_undoing_leaves_an_admin(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        done = await applied(client, people("roles", (DANA, "admin")))
    async with await portal.browser("Dana") as client:
        await applied(client, people("roles", (PRIYA, "none")))
        refused = await undo(client, done["number"])
    assert code(refused) == (409, "ACTION_NOT_ALLOWED")
    assert refused.json()["errors"][0]["detail"].endswith(
        "This would leave no active admin. Make someone else an admin first."
    )
    assert "admin" in (await _person(portal, DANA)).roles


async def test_no_token_applies_or_undoes_an_import(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        check = await checked(client, people("title", (DANA, "Lead")))
    async with await portal.client("Priya") as client:
        answer = await client.post(f"{PATH}/{check['number']}/apply", json={"digest": check["digest"]})
    assert answer.status_code == 403


async def _change_again(client: httpx2.AsyncClient, way: str, number: int) -> None:
    if way == "import":
        await applied(client, people("roles", (JORDAN, "none")))
    else:
        await undo(client, number)


@pytest.mark.fault("22")
@pytest.mark.parametrize("way", ["import", "undo"])
async def test_a_file_waits_for_the_admins_before_it_locks_people(portal: Portal, way: str) -> None:
    async with await portal.browser("Priya") as client:
        first = await applied(client, people("roles", (JORDAN, "desk")))
        async with portal.database.transaction() as session:
            await person_changes.lock_admins(session, "acme", factories.today())
            change = create_task(_change_again(client, way, first["number"]))
            await sleep(0.7)
            assert not change.done()
            await (await session.connection()).execute(text("SET LOCAL lock_timeout = '100ms'"))
            assert await person_changes.lock_person(session, "acme", JORDAN.id)
        await change
    assert (await portal.row("Jordan")).roles == []
